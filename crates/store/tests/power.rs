//! What a power cut leaves of a site: on a disk that forgets whatever was not synced, the power goes
//! at a random operation while many write, again and again.

use crate::trial::{FILE, Trial, Wrong};

const MACHINES: u64 = 20;
const CUTS: usize = 15;

/// Lets the power go at some operation from now.
fn cut_within(trial: &mut Trial, operations: usize) {
    trial.machine.cut_after(1 + trial.dice.below(operations) as u64);
}

/// One power cut, and a look at what it left.
async fn lose_power(trial: &mut Trial) -> Result<(), Wrong> {
    let mut store = trial.start()?;
    trial.look(&store).await?;
    cut_within(trial, 900);
    trial.write_until_it_fails(&store).await;
    assert!(!trial.machine.is_on(), "a write failed though nothing was wrong");
    drop(store);
    trial.machine.reboot();
    if trial.dice.one_in(3) {
        // It may go while the site is still starting.
        cut_within(trial, 120);
        drop(trial.start());
        trial.machine.reboot();
    }
    store = trial.start()?;
    trial.look(&store).await?;
    drop(store);
    if trial.dice.one_in(2) {
        trial.machine.reboot();
    }
    Ok(())
}

#[tokio::test]
async fn a_power_cut_takes_nothing_that_was_acknowledged_and_leaves_nothing_by_half() {
    let mut acknowledged = 0;
    for seed in 0..MACHINES {
        let mut trial = Trial::new(seed, true);
        for cut in 0..CUTS {
            if let Err(wrong) = lose_power(&mut trial).await {
                panic!("machine {seed}, cut {cut}: {}", wrong.why);
            }
        }
        acknowledged += trial.acknowledged();
        let database = trial.machine.length(FILE).unwrap();
        assert!(database > 64 * 1024, "the write-ahead log was hardly ever brought in");
    }
    assert!(acknowledged > 1000, "{acknowledged} writes prove little");
}

/// The test above sees what it looks for: the same site on the same machines, told not to wait for
/// the disk, loses what it acknowledged.
#[tokio::test]
async fn without_syncs_a_power_cut_takes_what_was_acknowledged() {
    let mut wrong = Vec::new();
    for seed in 0..MACHINES {
        let mut trial = Trial::new(seed, false);
        for _ in 0..CUTS {
            if let Err(found) = lose_power(&mut trial).await {
                wrong.push(found);
                break;
            }
        }
    }
    let whys: Vec<_> = wrong.iter().map(|wrong| &wrong.why).collect();
    assert!(wrong.iter().any(|wrong| wrong.lost > 0), "{whys:?}");
    assert_eq!(wrong.len() as u64, MACHINES, "every machine is the worse for it: {whys:?}");
}
