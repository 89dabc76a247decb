use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};

use fieldpost_testkit::Actor;

use crate::process::Server;

#[tokio::test]
async fn a_socket_is_there_while_the_server_runs_and_a_stale_one_is_replaced() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("fieldpost.sock");
    Server::start(data.path()).kill();
    let stale = path.metadata().unwrap();

    let server = Server::start(data.path());
    let fresh = path.metadata().unwrap();
    assert!(fresh.file_type().is_socket());
    assert_eq!(fresh.permissions().mode() & 0o777, 0o600);
    assert_ne!((stale.ino(), stale.ctime_nsec()), (fresh.ino(), fresh.ctime_nsec()));
    let people = Actor::local(&path).get("/users?per_page=1").await.expect(200);
    assert_eq!(people.as_array().unwrap().len(), 0);
    server.stranger().get("/users?per_page=1").await.refused(401);

    assert_eq!(server.terminate(), Some(0));
    assert!(!path.exists());
}
