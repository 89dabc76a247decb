//! Parcels that do not go after all.

use super::{Outgoing, Parcel};

impl Outgoing {
    /// A parcel does not go after all: something in it was withdrawn before it left.
    pub fn take_back(&mut self, parcel: &Parcel) {
        if let Some(bundled) = &mut self.apart {
            for (log, range) in parcel.passing.iter() {
                if let Some(held) = bundled.get_mut(&log) {
                    *held = held.minus(&std::iter::once(range).collect());
                }
            }
        } else if self.under_way.pop_back_if(|last| last.number == parcel.number).is_none() {
            return;
        }
        self.next_number = parcel.number;
        self.looked_through = 0;
        self.look_anew();
        parcel.introduced.iter().for_each(|person| {
            self.introduced.remove(person);
        });
    }
}
