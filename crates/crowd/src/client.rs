//! A client that costs next to nothing: on two cores, what it spends the server cannot.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::Outcome;

/// One kept connection of somebody who uses the API.
pub struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

/// What the server answered.
pub struct Answer {
    called: String,
    /// Its status.
    pub status: u16,
    /// The secret of a session, where one was begun.
    pub token: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, where the status is this one.
    pub fn expect(self, status: u16) -> Outcome<Value> {
        if self.status != status {
            let body = String::from_utf8_lossy(&self.body);
            return Err(format!("{} answered {}: {body}", self.called, self.status).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Client {
    /// Connects; requests carry this secret unless it is empty.
    pub async fn open(address: SocketAddr, token: &str) -> Outcome<Self> {
        Self::over(TcpStream::connect(address).await?, token, 64 << 10)
    }

    /// The same from an address of this machine, with room for short answers: one of many.
    pub async fn open_from(source: IpAddr, address: SocketAddr, token: &str) -> Outcome<Self> {
        Self::over(connect_from(source, address).await?, token, 4 << 10)
    }

    fn over(stream: TcpStream, token: &str, room: usize) -> Outcome<Self> {
        let address = stream.peer_addr()?;
        stream.set_nodelay(true)?;
        let mut head = format!("Host: {address}\r\n");
        if !token.is_empty() {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        Ok(Self { stream: BufReader::with_capacity(room, stream), head })
    }

    /// Sends a request and waits for the answer; the path is below `/api/v4`.
    pub async fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Outcome<Answer> {
        let head = &self.head;
        let length = body.len();
        let mut request =
            format!("{method} /api/v4{path} HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n")
                .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).await?;
        let mut answer = Answer {
            called: format!("{method} {path}"),
            status: 0,
            token: String::new(),
            body: Vec::new(),
        };
        let mut line = String::new();
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(format!("{}: the server hung up", answer.called).into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            } else if answer.status == 0 {
                answer.status = text.split(' ').nth(1).unwrap_or_default().parse()?;
            } else if let Some((name, value)) = text.split_once(": ") {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.parse()?;
                } else if name.eq_ignore_ascii_case("token") {
                    value.clone_into(&mut answer.token);
                }
            }
        }
        answer.body.resize(length, 0);
        self.stream.read_exact(&mut answer.body).await?;
        Ok(answer)
    }

    /// Sends a `GET`.
    pub async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.send("GET", path, b"").await
    }

    /// Sends a `POST` with JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send("POST", path, body.to_string().as_bytes()).await
    }

    /// Signs in with a password; gives the session's secret and the person's id.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Outcome<(String, String)> {
        let credentials = serde_json::json!({ "login_id": login, "password": password });
        let answer = self.post("/users/login", &credentials).await?;
        let token = answer.token.clone();
        let person = answer.expect(200)?;
        Ok((token, text(&person, "id")?))
    }
}

/// Connects from one of this machine's addresses: each has some twenty thousand ports.
pub(crate) async fn connect_from(source: IpAddr, address: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(source, 0))?;
    Ok(socket.connect(address).await?)
}

/// A text of an answer.
pub fn text(answer: &Value, name: &str) -> Outcome<String> {
    let found = answer.get(name).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("an answer without {name}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn one_connection_takes_several_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answers = "HTTP/1.1 201 Created\r\nToken: t\r\ncontent-length: 2\r\n\r\n{}\
                           HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answers.as_bytes()).await.unwrap();
            let mut asked = String::new();
            let mut stream = BufReader::new(stream);
            // Both requests, to their ends: what is left unread resets the connection.
            while asked.matches("\r\n\r\n").count() < 2 {
                stream.read_line(&mut asked).await.unwrap();
            }
            asked
        });
        let mut client = Client::open(address, "secret").await.unwrap();
        let answer = client.get("/x").await.unwrap();
        assert_eq!(
            (answer.status, answer.token.as_str(), &answer.body[..]),
            (201, "t", &b"{}"[..])
        );
        assert!(client.get("/x").await.unwrap().expect(200).is_err());
        let asked = server.await.unwrap();
        assert!(asked.starts_with("GET /api/v4/x HTTP/1.1\r\n"), "{asked}");
        assert_eq!(asked.matches("Authorization: Bearer secret\r\n").count(), 2);
    }
}
