//! A disk without room: what does not fit is refused with a clear answer, and nothing else changes.

use fieldpost_kernel::{Failure, FailureKind};

use crate::ledger::texts;
use crate::trial::Trial;

const FILLS: usize = 12;

fn assert_full(failures: &[Failure]) {
    for failure in failures {
        assert_eq!(failure.id, "api.fieldpost.disk_full", "{failure}");
        assert_eq!(failure.kind, FailureKind::Unavailable);
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing_and_goes_on_once_there_is_room() {
    for seed in 0..8 {
        let mut trial = Trial::new(seed, true);
        let store = trial.start().unwrap();
        for fill in 0..FILLS {
            let room = trial.machine.used() + trial.dice.below(100_000) as u64;
            trial.machine.limit(Some(room));
            assert_full(&trial.write_until_it_fails(&store).await);
            // It is refused again, and reads are not.
            assert_full(&trial.write_until_it_fails(&store).await);
            assert!(store.read(texts).await.unwrap().len() >= trial.acknowledged());

            trial.machine.limit(None);
            if let Err(wrong) = trial.look_again(&store).await {
                panic!("machine {seed}, fill {fill}: {}", wrong.why);
            }
        }
        assert!(trial.acknowledged() > FILLS * 2);
    }
}

#[tokio::test]
async fn a_power_cut_on_a_full_disk_takes_nothing_that_was_acknowledged() {
    for seed in 0..8 {
        let mut trial = Trial::new(seed, true);
        for fill in 0..FILLS {
            let store = trial.start().unwrap();
            let room = trial.machine.used() + trial.dice.below(100_000) as u64;
            trial.machine.limit(Some(room));
            assert_full(&trial.write_until_it_fails(&store).await);
            drop(store);
            trial.machine.reboot();

            // It starts without room, too, and shows what there is.
            let store = trial.start().unwrap();
            assert!(store.read(texts).await.unwrap().len() >= trial.acknowledged());
            trial.machine.limit(None);
            if let Err(wrong) = trial.look_again(&store).await {
                panic!("machine {seed}, fill {fill}: {}", wrong.why);
            }
            drop(store);
            trial.machine.reboot();
        }
    }
}
