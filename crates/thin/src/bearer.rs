//! What carries datagrams: UDP, a serial device, a modem of packet radio, or a program that is the modem.

use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use rustix::fs::OFlags;
use rustix::termios::{ControlModes, OptionalActions, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::net::{TcpStream, UdpSocket};
use tokio::process::{Child, Command};

use crate::framing::{Finder, enclose, overhead};
use crate::kiss::{self, CallSign, FrameFinder, Stations};
use crate::settings::LARGEST;

/// Bytes of the headers of UDP and IPv4.
const UDP: usize = 28;

/// Bytes that are read at once.
const PIECE: usize = 2_048;

/// What carries datagrams, as an operator names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// UDP from an address of this machine to one of the other.
    Udp {
        /// Where this side listens, and from where it sends.
        own: SocketAddr,
        /// Where the other side is. From where it is heard does not matter: its key is what counts.
        peer: SocketAddr,
    },
    /// A serial device.
    Serial {
        /// Its file.
        device: PathBuf,
        /// Bits a second between this machine and the modem.
        speed: u32,
    },
    /// A modem of packet radio that speaks KISS.
    Kiss {
        /// Where it is.
        modem: Modem,
        /// Who speaks with whom on the air.
        stations: Stations,
    },
    /// A program that takes what is sent from its input, and writes what it hears to its output.
    Program(Vec<String>),
}

/// Where a modem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modem {
    /// `HOST:PORT`, over TCP.
    Tcp(String),
    /// On a serial device.
    Serial {
        /// Its file.
        device: PathBuf,
        /// Bits a second between this machine and the modem.
        speed: u32,
    },
}

impl Bearer {
    /// Reads `udp OWN:PORT PEER:PORT`, `serial DEVICE SPEED`, `kiss HOST:PORT OWN PEER`,
    /// `kiss DEVICE SPEED OWN PEER`, or `exec PROGRAM ARGUMENT…`.
    ///
    /// # Errors
    /// A sentence for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["udp", own, peer] => {
                let address = |text: &str| {
                    text.parse().map_err(|_| {
                        format!("{text:?} is no address with a port, such as 192.0.2.7:8068")
                    })
                };
                Ok(Self::Udp { own: address(own)?, peer: address(peer)? })
            }
            ["serial", device, speed] => {
                Ok(Self::Serial { device: PathBuf::from(device), speed: bits(speed)? })
            }
            ["kiss", modem, own, peer] => match modem.rsplit_once(':') {
                Some((_, port)) if port.parse::<u16>().is_ok() => {
                    let modem = Modem::Tcp((*modem).to_owned());
                    Ok(Self::Kiss { modem, stations: stations(own, peer)? })
                }
                _ => Err(format!("{modem:?} is no host with a port, such as 127.0.0.1:8001")),
            },
            ["kiss", device, speed, own, peer] => {
                let modem = Modem::Serial { device: PathBuf::from(device), speed: bits(speed)? };
                Ok(Self::Kiss { modem, stations: stations(own, peer)? })
            }
            ["exec", program @ ..] if !program.is_empty() => {
                Ok(Self::Program(program.iter().map(|&word| word.to_owned()).collect()))
            }
            _ => Err(format!(
                "{text:?} is none of `udp OWN:PORT PEER:PORT`, `serial DEVICE SPEED`, \
                 `kiss HOST:PORT OWN PEER`, `kiss DEVICE SPEED OWN PEER` and \
                 `exec PROGRAM ARGUMENT…`"
            )),
        }
    }

    /// Bytes that stand around each datagram on the link.
    pub fn overhead(&self, largest: usize) -> usize {
        match self {
            Self::Udp { .. } => UDP,
            Self::Serial { .. } | Self::Program(_) => overhead(largest),
            Self::Kiss { .. } => kiss::overhead(largest.min(kiss::CONTENT)),
        }
    }

    /// The most bytes of a datagram with what stands around it, however fast the link is.
    pub fn largest(&self) -> usize {
        match self {
            Self::Udp { .. } | Self::Serial { .. } | Self::Program(_) => LARGEST,
            Self::Kiss { .. } => kiss::CONTENT + kiss::overhead(kiss::CONTENT),
        }
    }

    /// Opens it.
    pub(crate) async fn open(&self) -> io::Result<(Sink, Source)> {
        match self {
            Self::Udp { own, peer } => {
                let socket = Arc::new(UdpSocket::bind(own).await?);
                Ok((Sink::Udp(Arc::clone(&socket), *peer), Source::Udp(socket)))
            }
            Self::Serial { device, speed } => Ok(line(serial(device, *speed)?, Framing::Cobs)),
            Self::Kiss { modem: Modem::Serial { device, speed }, stations } => {
                Ok(line(serial(device, *speed)?, Framing::Kiss(*stations)))
            }
            Self::Kiss { modem: Modem::Tcp(address), stations } => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (input, output) = stream.into_split();
                Ok(line((Box::new(input), Box::new(output)), Framing::Kiss(*stations)))
            }
            Self::Program(words) => program(words),
        }
    }
}

fn bits(speed: &str) -> Result<u32, String> {
    speed.parse().map_err(|_| format!("{speed:?} is no speed in bit/s"))
}

fn stations(own: &str, peer: &str) -> Result<Stations, String> {
    let stations = Stations { own: CallSign::parse(own)?, peer: CallSign::parse(peer)? };
    match stations.own == stations.peer {
        true => Err(format!("both stations are {}", stations.own)),
        false => Ok(stations),
    }
}

impl fmt::Display for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp { own, peer } => write!(f, "udp {own} {peer}"),
            Self::Serial { device, speed } => write!(f, "serial {} {speed}", device.display()),
            Self::Kiss { modem, stations: Stations { own, peer } } => match modem {
                Modem::Tcp(address) => write!(f, "kiss {address} {own} {peer}"),
                Modem::Serial { device, speed } => {
                    write!(f, "kiss {} {speed} {own} {peer}", device.display())
                }
            },
            Self::Program(words) => write!(f, "exec {}", words.join(" ")),
        }
    }
}

type Ends = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

fn line((input, output): Ends, framing: Framing) -> (Sink, Source) {
    let source = Source::Line { input, finding: framing.finding(), _modem: None };
    (Sink::Line(output, framing), source)
}

/// How datagrams stand on a line of bytes.
pub(crate) enum Framing {
    Cobs,
    Kiss(Stations),
}

impl Framing {
    fn enclose(&self, datagram: &[u8]) -> Vec<u8> {
        match self {
            Self::Cobs => enclose(datagram),
            Self::Kiss(stations) => stations.enclose(datagram),
        }
    }

    fn finding(&self) -> Finding {
        match self {
            Self::Cobs => Finding::Cobs(Finder::default()),
            Self::Kiss(stations) => Finding::Kiss(FrameFinder::new(*stations)),
        }
    }
}

/// What finds them there.
pub(crate) enum Finding {
    Cobs(Finder),
    Kiss(FrameFinder),
}

impl Finding {
    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Cobs(finder) => finder.take(bytes),
            Self::Kiss(finder) => finder.take(bytes),
        }
    }
}

/// Opens a serial device: bytes as they are, eight bits, no parity, no echo, no flow control.
fn serial(device: &PathBuf, speed: u32) -> io::Result<Ends> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(i32::try_from(flags).map_err(io::Error::other)?)
        .open(device)?;
    let mut termios = tcgetattr(&file)?;
    termios.make_raw();
    termios.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
    termios.control_modes -= ControlModes::CRTSCTS | ControlModes::CSTOPB;
    termios.set_speed(speed)?;
    tcsetattr(&file, OptionalActions::Flush, &termios)?;
    let output = pipe::Sender::from_file_unchecked(file.try_clone()?)?;
    let input = pipe::Receiver::from_file_unchecked(file)?;
    Ok((Box::new(input), Box::new(output)))
}

/// Starts a program that is the modem.
fn program(words: &[String]) -> io::Result<(Sink, Source)> {
    let (program, arguments) = words.split_first().ok_or_else(|| io::Error::other("no program"))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(input), Some(output)) = (child.stdout.take(), child.stdin.take()) else {
        return Err(io::Error::other("the program has no input and output"));
    };
    let finding = Framing::Cobs.finding();
    let source = Source::Line { input: Box::new(input), finding, _modem: Some(Box::new(child)) };
    Ok((Sink::Line(Box::new(output), Framing::Cobs), source))
}

/// Where datagrams go.
pub(crate) enum Sink {
    Udp(Arc<UdpSocket>, SocketAddr),
    Line(Box<dyn AsyncWrite + Send + Unpin>, Framing),
}

impl Sink {
    /// Hands a datagram to the link.
    pub(crate) async fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket, peer) => {
                // That nobody was there for the last one says nothing of this one.
                if let Err(error) = socket.send_to(datagram, *peer).await {
                    tracing::debug!(%error, "a datagram was not sent");
                }
                Ok(())
            }
            Self::Line(output, framing) => {
                output.write_all(&framing.enclose(datagram)).await?;
                output.flush().await
            }
        }
    }
}

/// From where datagrams come.
pub(crate) enum Source {
    Udp(Arc<UdpSocket>),
    Line {
        input: Box<dyn AsyncRead + Send + Unpin>,
        finding: Finding,
        /// A program that ends when this is dropped.
        _modem: Option<Box<Child>>,
    },
}

impl Source {
    /// What has come: no datagram, one, or several.
    pub(crate) async fn next(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let mut buffer = vec![0; PIECE];
        let (input, finding) = match self {
            Self::Udp(socket) => {
                // The system tells here that nobody was there for what was sent.
                let heard = socket.recv_from(&mut buffer).await;
                let length = heard.map_or(0, |(length, _)| length);
                buffer.truncate(length);
                return Ok(vec![buffer]);
            }
            Self::Line { input, finding, .. } => (input, finding),
        };
        let read = input.read(&mut buffer).await?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the modem has ended"));
        }
        Ok(finding.take(&buffer[..read]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_read_as_it_is_written() {
        for text in [
            "udp 0.0.0.0:8068 192.0.2.7:8068",
            "serial /dev/ttyS0 9600",
            "kiss 127.0.0.1:8001 N0CALL-1 N0CALL-2",
            "kiss tnc.example:8001 N0CALL W1AW",
            "kiss /dev/ttyUSB0 9600 N0CALL-1 N0CALL-2",
            "exec modem --port 2",
        ] {
            assert_eq!(Bearer::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_bearer_is_explained() {
        for (text, says) in [
            ("", "none of"),
            ("udp 0.0.0.0:1", "none of"),
            ("udp here 192.0.2.7:1", "\"here\" is no address"),
            ("serial /dev/ttyS0 fast", "\"fast\" is no speed"),
            ("kiss 127.0.0.1:8001 N0CALL-1", "none of"),
            ("kiss 127.0.0.1 N0CALL-1 N0CALL-2", "\"127.0.0.1\" is no host with a port"),
            ("kiss /dev/ttyUSB0 fast N0CALL-1 N0CALL-2", "\"fast\" is no speed"),
            ("kiss 127.0.0.1:8001 N0CALL-1 N0CALLS", "\"N0CALLS\" is no call sign"),
            ("kiss 127.0.0.1:8001 N0CALL n0call-0", "both stations are N0CALL"),
            ("exec", "none of"),
        ] {
            assert!(Bearer::parse(text).unwrap_err().contains(says), "{text}");
        }
    }
}
