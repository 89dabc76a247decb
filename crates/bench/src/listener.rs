//! A client's end of a WebSocket that does nothing but listen.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Outcome;

/// A client's end of a WebSocket that does nothing but listen.
pub(crate) struct Listener {
    stream: BufReader<TcpStream>,
}

impl Listener {
    /// Opens a socket; returns once the handshake is through.
    pub(crate) async fn open(address: SocketAddr, token: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut stream = BufReader::with_capacity(4096, stream);
        let handshake = format!(
            "GET /api/v4/websocket HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
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
    pub(crate) async fn next(&mut self) -> Outcome<Vec<u8>> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).await?;
        // A server's frames are not masked.
        let length = match head[1] & 0x7f {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        let mut frame = vec![0; usize::try_from(length)?];
        self.stream.read_exact(&mut frame).await?;
        Ok(frame)
    }
}

/// A text frame as a server writes it.
pub(crate) fn text_frame(text: &[u8]) -> Vec<u8> {
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
