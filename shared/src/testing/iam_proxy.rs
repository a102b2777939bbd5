//! A stand-in for RDS Proxy: speaks PostgreSQL over TLS only, lets in who shows a valid IAM token, and passes the
//! rest on to PgBouncer in transaction mode, which has the real password for the real server.

use super::certificates::Authority;
use super::database::TestDatabase;
use super::iam_token::{Examiner, Expected};
use super::pgbouncer::PgBouncer;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The protocol's number of a request for TLS.
const TLS_REQUEST: u32 = 80_877_103;

/// How the proxy treats a client's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// As RDS Proxy: TLS, and nothing without it.
    Required,
    /// As one who stands in the way and would rather read along.
    Denied,
}

/// A running proxy; it ends with the test's runtime.
#[derive(Debug)]
pub struct IamProxy {
    /// Where clients connect.
    pub address: SocketAddr,
    /// What it makes of tokens.
    pub examiner: Arc<Examiner>,
    seen: Arc<Seen>,
    cut: watch::Sender<()>,
    _pooler: PgBouncer,
}

#[derive(Debug, Default)]
struct Seen {
    admitted: Mutex<Vec<String>>,
    refusals: Mutex<Vec<String>>,
    plain_startups: Mutex<usize>,
}

struct Front {
    seen: Arc<Seen>,
    examiner: Arc<Examiner>,
    acceptor: TlsAcceptor,
    encryption: Encryption,
    pooler: String,
    port: u16,
}

impl IamProxy {
    /// In front of the database of `url`, with a certificate of `authority` for `name`.
    pub async fn before(url: &str, authority: &Authority, name: &str, encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let pooler = PgBouncer::before(url).await;
        let target: tokio_postgres::Config = pooler.url.parse().expect("the pooler's URL");
        let front = Arc::new(Front {
            seen: Arc::default(),
            examiner: Arc::default(),
            acceptor: TlsAcceptor::from(authority.server(name)),
            encryption,
            pooler: format!("127.0.0.1:{}", target.get_ports()[0]),
            port: address.port(),
        });
        let (cut, was_cut) = watch::channel(());
        let (examiner, seen) = (Arc::clone(&front.examiner), Arc::clone(&front.seen));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (front, mut was_cut) = (Arc::clone(&front), was_cut.clone());
                was_cut.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        // A client that goes away, or will not be served, is no fault of the proxy's.
                        _ended = front.serve(client) => {}
                        _cut = was_cut.changed() => {}
                    }
                });
            }
        });
        Self { address, examiner, seen, cut, _pooler: pooler }
    }

    /// The URL of a role at the proxy, without a password.
    pub fn url(&self, role: &str, database: &TestDatabase) -> String {
        let target: tokio_postgres::Config = database.url.parse().expect("the database's URL");
        let name = target.get_dbname().expect("a database's name");
        format!("postgres://{role}@localhost:{}/{name}", self.address.port())
    }

    /// Cuts every connection there is; new ones are served.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// The tokens that were let in, in order: one for each connection made.
    pub fn admitted(&self) -> Vec<String> {
        self.seen.admitted.lock().expect("what was admitted").clone()
    }

    /// Why logins were refused, in order.
    pub fn refusals(&self) -> Vec<String> {
        self.seen.refusals.lock().expect("what was refused").clone()
    }

    /// How often a client went on without TLS.
    pub fn n_plain_startups(&self) -> usize {
        *self.seen.plain_startups.lock().expect("what was seen")
    }
}

impl Front {
    async fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let first = read_startup(&mut client).await?;
        let is_request = first[4..8] == TLS_REQUEST.to_be_bytes();
        if is_request && self.encryption == Encryption::Required {
            client.write_all(b"S").await?;
            let mut client = self.acceptor.accept(client).await?;
            let startup = read_startup(&mut client).await?;
            return self.admit(&mut client, &startup).await;
        }
        if is_request {
            client.write_all(b"N").await?;
            read_startup(&mut client).await?;
        }
        *self.seen.plain_startups.lock().expect("what was seen") += 1;
        refuse(&mut client, "08P01", "this proxy requires TLS connections").await
    }

    async fn admit<S>(&self, client: &mut S, startup: &[u8]) -> std::io::Result<()>
    where
        S: AsyncReadExt + AsyncWrite + Unpin,
    {
        // AuthenticationCleartextPassword: what a server asks for when it takes tokens.
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).await?;
        let token = read_password(client).await?;
        let user = parameter(startup, "user");
        let expected = Expected { port: self.port, user: &user };
        if let Err(why) = self.examiner.examine(&token, &expected) {
            self.seen.refusals.lock().expect("what was refused").push(why);
            let message = format!("PAM authentication failed for user \"{user}\"");
            return refuse(client, "28000", &message).await;
        }
        self.seen.admitted.lock().expect("what was admitted").push(token);
        let mut server = TcpStream::connect(&self.pooler).await?;
        server.write_all(startup).await?;
        copy_bidirectional(client, &mut server).await.map(|_| ())
    }
}

/// A message without a type: its length, and what follows.
async fn read_startup<S: AsyncReadExt + Unpin>(from: &mut S) -> std::io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut message = length.to_be_bytes().to_vec();
    message.resize((length as usize).clamp(8, 10_000), 0);
    from.read_exact(&mut message[4..]).await?;
    Ok(message)
}

async fn read_password<S: AsyncReadExt + Unpin>(from: &mut S) -> std::io::Result<String> {
    assert_eq!(from.read_u8().await?, b'p', "a password is the answer");
    let length = from.read_u32().await?;
    let mut text = vec![0; (length as usize).clamp(5, 10_000) - 4];
    from.read_exact(&mut text).await?;
    text.pop();
    Ok(String::from_utf8(text).expect("a token is text"))
}

/// One of the names and values that a startup message ends with.
fn parameter(startup: &[u8], name: &str) -> String {
    let mut words = startup[8..].split(|byte| *byte == 0).map(String::from_utf8_lossy);
    words.by_ref().find(|word| word == name).expect("the startup's parameter");
    words.next().expect("the parameter's value").into_owned()
}

async fn refuse<S: AsyncWrite + Unpin>(client: &mut S, code: &str, message: &str) -> std::io::Result<()> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("a short message");
    client.write_all(b"E").await?;
    client.write_all(&length.to_be_bytes()).await?;
    client.write_all(fields.as_bytes()).await?;
    client.flush().await?;
    client.shutdown().await
}
