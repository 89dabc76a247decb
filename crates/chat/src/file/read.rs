//! Fetching files.

use fieldpost_access::{
    Caller, Permission, may_link_file, may_read_channel, may_read_file, require_system,
};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{FileInfo, Id};

use super::{Stored, by_id, ever_of_post, no_file, of_posts};
use crate::bookmark;
use crate::facts::{self, POLICY, denied};
use crate::post::readable;

/// A file, if the caller may fetch it.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Stored> {
    let file = by_id(rows, id)?.filter(|file| file.info.delete_at == 0).ok_or_else(no_file)?;
    let channel = facts::channel(rows, caller, file.info.channel_id)?;
    if file.bookmark {
        may_read_channel(caller, &POLICY, &channel.facts).map_err(denied)?;
        if bookmark::has_let_go(rows, file.info.channel_id, id)? {
            return Err(no_file());
        }
    } else {
        may_read_file(caller, &POLICY, &channel.facts, file.info.user_id).map_err(denied)?;
    }
    Ok(file)
}

/// A file that the caller may fetch and let anybody fetch who has its link.
pub fn linkable(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Stored> {
    let file = one(rows, caller, id)?;
    let channel = facts::channel(rows, caller, file.info.channel_id)?;
    may_link_file(caller, &channel.facts).map_err(denied)?;
    if file.info.post_id.is_none() && !file.bookmark {
        return Err(Failure::invalid(
            "api.file.get_public_link.no_post.app_error",
            "Unable to get public link for file. File must be attached to a post.",
        ));
    }
    Ok(file)
}

/// A file that anybody may fetch who has its link: what it hangs on is still there.
pub fn linked(rows: &mut dyn Rows, id: Id) -> Outcome<Stored> {
    let file = by_id(rows, id)?.filter(|file| file.info.delete_at == 0).ok_or_else(no_file)?;
    let hangs = if file.bookmark {
        !bookmark::has_let_go(rows, file.info.channel_id, id)?
    } else {
        !file.info.post_id.is_none()
    };
    if hangs { Ok(file) } else { Err(no_file()) }
}

/// The files of a post that the caller may read, oldest first; administrators may see the removed
/// ones too.
pub fn of_post(
    rows: &mut dyn Rows,
    caller: &Caller,
    post: Id,
    deleted: bool,
) -> Outcome<Vec<FileInfo>> {
    if deleted {
        require_system(caller, Permission::ManageSystem).map_err(denied)?;
        return ever_of_post(rows, post);
    }
    readable(rows, caller, post)?;
    Ok(of_posts(rows, &[post])?.remove(&post).unwrap_or_default())
}
