//! The site's own socket, in its data directory: how it is made, found and taken away.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// The socket's name in the data directory.
pub const SOCKET: &str = "fieldpost.sock";

/// The longest path that a socket's address can hold, in bytes.
const LONGEST_PATH: usize = 107;

/// Connections that may wait to be taken.
const WAITING: u32 = 128;

/// The path by which a socket is reached. A long one is taken through the open directory, which
/// has to stay open meanwhile.
struct Reached {
    path: PathBuf,
    _folder: Option<File>,
}

fn reach(data: &Path) -> io::Result<Reached> {
    let path = data.join(SOCKET);
    if path.as_os_str().as_bytes().len() <= LONGEST_PATH {
        return Ok(Reached { path, _folder: None });
    }
    let folder = File::open(data)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()));
    Ok(Reached { path, _folder: Some(folder) })
}

/// Listens on the socket of a data directory that this process holds. What an earlier process left
/// there is replaced.
pub(crate) fn listen(data: &Path) -> io::Result<UnixListener> {
    remove(data)?;
    let reached = reach(data)?;
    let socket = UnixSocket::new_stream()?;
    socket.bind(&reached.path)?;
    // Nobody can connect before it listens, and by then only its owner may.
    fs::set_permissions(data.join(SOCKET), Permissions::from_mode(0o600))?;
    socket.listen(WAITING)
}

/// Takes the socket away, if there is one.
pub(crate) fn remove(data: &Path) -> io::Result<()> {
    let path = data.join(SOCKET);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(&path),
        Ok(_) => Err(io::Error::other("there is something else of that name")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Connects to the site that runs on a data directory; none if there is none.
pub async fn connect(data: &Path) -> io::Result<Option<UnixStream>> {
    let connected = match reach(data) {
        Ok(reached) => UnixStream::connect(&reached.path).await,
        Err(error) => Err(error),
    };
    match connected {
        Ok(stream) => Ok(Some(stream)),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_with_a_long_path_has_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("long".repeat(40));
        fs::create_dir(&data).unwrap();
        assert!(connect(&data).await.unwrap().is_none());
        let listener = listen(&data).unwrap();
        let mode = fs::metadata(data.join(SOCKET)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (connected, accepted) = tokio::join!(connect(&data), listener.accept());
        assert!(connected.unwrap().is_some());
        accepted.unwrap();
    }

    #[tokio::test]
    async fn what_a_crash_left_is_replaced_and_what_is_no_socket_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        drop(listen(data).unwrap());
        assert!(data.join(SOCKET).exists());
        assert!(connect(data).await.unwrap().is_none(), "nobody answers on a stale socket");
        let listener = listen(data).unwrap();
        assert!(connect(data).await.unwrap().is_some());
        drop(listener);
        remove(data).unwrap();
        fs::write(data.join(SOCKET), "mine").unwrap();
        assert!(listen(data).is_err());
        assert_eq!(fs::read_to_string(data.join(SOCKET)).unwrap(), "mine");
    }
}
