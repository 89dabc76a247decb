//! Saving a site to one file, and putting it back.
//!
//! The file is a zstd-compressed tar archive: `fieldpost.db`, a consistent copy of the database,
//! then `files/…`, the content of uploads. Uploads are named by their content and written before
//! the rows that speak of them, so files read after the database hold all that it needs.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fieldpost_blobs::OBJECTS;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_store::{check_file, copy_file};
use tar::{Archive, Builder, EntryType};

/// The database's name, in a data directory and in an archive.
pub const DATABASE: &str = "fieldpost.db";

/// The name of the folder of uploads, in a data directory and in an archive.
pub const FILES: &str = "files";

/// How hard the archive is compressed: as fast as a disk, and most of what can be had.
const LEVEL: i32 = 3;

/// What an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Saved {
    /// Changes in the log.
    pub changes: i64,
    /// Uploaded files.
    pub files: u64,
}

/// Saves the site in a data directory to a file, whether it is running or not. An existing file
/// is not touched.
pub fn save(data: &Path, into: &Path) -> Outcome<Saved> {
    let database = data.join(DATABASE);
    if !database.exists() {
        return Err(invalid(format!("there is no embedded database in {}", data.display())));
    }
    let folder = into.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = tempfile::tempdir_in(folder).map_err(io_failure(folder))?;
    let copy = work.path().join(DATABASE);
    copy_file(&database, &copy)?;
    let mut saved = Saved { changes: check_file(&copy)?, files: 0 };

    let file = File::create_new(into).map_err(io_failure(into))?;
    let written = write_archive(file, &copy, &data.join(FILES), &mut saved);
    if let Err(error) = written {
        drop(fs::remove_file(into));
        return Err(io_failure(into)(error));
    }
    Ok(saved)
}

fn write_archive(file: File, copy: &Path, files: &Path, saved: &mut Saved) -> io::Result<()> {
    let encoder = zstd::Encoder::new(BufWriter::new(file), LEVEL)?;
    let mut archive = Builder::new(encoder);
    archive.append_path_with_name(copy, DATABASE)?;
    // What is still on its way in grows and goes while this reads; its client sends it again.
    let whole = files.join(OBJECTS);
    if whole.exists() {
        append_folder(&mut archive, &whole, &Path::new(FILES).join(OBJECTS), saved)?;
    }
    let file =
        archive.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

fn append_folder<W: Write>(
    archive: &mut Builder<W>,
    folder: &Path,
    name: &Path,
    saved: &mut Saved,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            append_folder(archive, &path, &name, saved)?;
        } else {
            archive.append_path_with_name(&path, &name)?;
            saved.files += 1;
        }
    }
    Ok(())
}

/// Puts a saved site into a directory that is empty or missing, and checks what came out of it:
/// the database's pages, every log against its commitments. Nothing is left there if it fails.
pub fn restore(from: &Path, data: &Path) -> Outcome<Saved> {
    let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        return Err(invalid(format!("{} is not empty; nothing was touched", data.display())));
    }
    let parent = data.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(io_failure(parent))?;
    let work = tempfile::Builder::new()
        .prefix(".fieldpost-restore")
        .tempdir_in(parent)
        .map_err(io_failure(parent))?;
    let files = unpack(from, work.path()).map_err(io_failure(from))?;
    let database = work.path().join(DATABASE);
    if !database.exists() {
        return Err(invalid(format!("{} is not a saved site", from.display())));
    }
    let changes = check_file(&database)?;
    if data.exists() {
        fs::remove_dir(data).map_err(io_failure(data))?;
    }
    fs::rename(work.keep(), data).map_err(io_failure(data))?;
    Ok(Saved { changes, files })
}

/// Unpacks plain files and folders only, and only below the target: an archive may come from
/// anywhere.
fn unpack(from: &Path, into: &Path) -> io::Result<u64> {
    let mut archive = Archive::new(zstd::Decoder::new(File::open(from)?)?);
    let mut files = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Directory) {
            return Err(io::Error::other("it holds something that is neither file nor folder"));
        }
        let is_upload = entry.path()?.starts_with(FILES);
        if !entry.unpack_in(into)? {
            return Err(io::Error::other("it holds a file that would lie outside"));
        }
        files += u64::from(is_upload);
    }
    Ok(files)
}

fn invalid(says: String) -> Failure {
    Failure::new(FailureKind::Invalid, "api.fieldpost.backup", says)
}

fn io_failure(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |error| invalid(format!("{}: {error}", path.display()))
}
