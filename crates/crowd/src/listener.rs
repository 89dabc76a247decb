//! A client's end of a WebSocket that costs next to nothing.

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::client::connect_from;

/// A client's end of a WebSocket.
pub struct Listener {
    stream: BufReader<TcpStream>,
}

impl Listener {
    /// Opens a socket; returns once the handshake is through.
    pub async fn open(address: SocketAddr, token: &str) -> Outcome<Self> {
        Self::over(TcpStream::connect(address).await?, token, "").await
    }

    /// The same from an address of this machine, with a query that may take a connection up again.
    pub async fn open_from(
        source: IpAddr,
        address: SocketAddr,
        token: &str,
        query: &str,
    ) -> Outcome<Self> {
        Self::over(connect_from(source, address).await?, token, query).await
    }

    async fn over(stream: TcpStream, token: &str, query: &str) -> Outcome<Self> {
        let address = stream.peer_addr()?;
        stream.set_nodelay(true)?;
        let mut stream = BufReader::with_capacity(4096, stream);
        let handshake = format!(
            "GET /api/v4/websocket{query} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.get_mut().write_all(handshake.as_bytes()).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Err(format!("the socket does not open: {head}").into());
            }
        }
        if !head.starts_with("HTTP/1.1 101") {
            return Err(format!("the socket does not open: {head}").into());
        }
        Ok(Self { stream })
    }

    /// The bytes of the next frame, whatever its kind.
    pub async fn next(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.next_of_kind().await?.1)
    }

    /// Returns once there is something to read. It may be given up.
    pub(crate) async fn ready(&mut self) -> Outcome<()> {
        self.stream.fill_buf().await?;
        Ok(())
    }

    /// Says something. An answer is a frame like any other.
    pub(crate) async fn say(&mut self, kind: Kind, payload: &[u8]) -> Outcome<()> {
        self.stream.get_mut().write_all(&masked(kind, payload)).await?;
        Ok(())
    }

    /// The next frame with its kind.
    pub(crate) async fn next_of_kind(&mut self) -> Outcome<(Kind, Vec<u8>)> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).await?;
        let kind = match head[0] & 0x0f {
            9 => Kind::Ping,
            8 => Kind::Close,
            10 => Kind::Pong,
            _ => Kind::Text,
        };
        // A server's frames are not masked.
        let length = match head[1] & 0x7f {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        let mut frame = vec![0; usize::try_from(length)?];
        self.stream.read_exact(&mut frame).await?;
        Ok((kind, frame))
    }
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text = 1,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame as a client writes it: masked, here with zeros, of at most 64 KiB.
fn masked(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind as u8];
    match u8::try_from(payload.len()) {
        Ok(short @ ..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// A text frame as a server writes it.
pub fn text_frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        short @ ..126 => frame.push(short as u8),
        middle @ 126..=0xffff => {
            frame.push(126);
            frame.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn frames_of_every_length_are_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let texts = [0, 125, 126, 65_535, 65_536].map(|length| vec![b'x'; length]);
        let sent = texts.clone();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head).await.unwrap();
            }
            stream.write_all(b"HTTP/1.1 101 Switching\r\n\r\n").await.unwrap();
            for text in sent {
                stream.write_all(&text_frame(&text)).await.unwrap();
            }
        });
        let mut socket = Listener::open(address, "t").await.unwrap();
        for text in texts {
            assert_eq!(socket.next().await.unwrap(), text);
        }
        server.await.unwrap();
    }
}
