//! A TCP proxy between a client and its server: it counts changes of direction and can misbehave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const NOBODY: u8 = 0;
const CLIENT: u8 = 1;
const SERVER: u8 = 2;

/// Passes everything on.
const WHOLE: u8 = 0;
/// Closes what is open at its next byte, and every new connection.
const REFUSING: u8 = 1;
/// Accepts and reads, and passes nothing on.
const HANGING: u8 = 2;

/// What the proxy saw and does; shared with its connections.
#[derive(Debug, Default)]
struct Switches {
    last_speaker: AtomicU8,
    mode: AtomicU8,
    n_client_turns: AtomicUsize,
    drops_after_commit: AtomicBool,
    has_dropped: AtomicBool,
    n_connections: AtomicUsize,
    /// Connections numbered below this are forgotten.
    first_known: AtomicUsize,
}

/// A running proxy; it ends with the test's runtime.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients connect.
    pub address: SocketAddr,
    switches: Arc<Switches>,
}

impl Proxy {
    /// Listens on a free port of the loopback and forwards to `target`.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let switches = Arc::<Switches>::default();
        let accepted = Arc::clone(&switches);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if accepted.mode.load(Ordering::SeqCst) == REFUSING {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&target).await else {
                    continue;
                };
                forward(client, server, &accepted);
            }
        });
        Self { address, switches }
    }

    /// The server is gone: connections close, new ones too.
    pub fn refuse(&self) {
        self.switches.mode.store(REFUSING, Ordering::SeqCst);
    }

    /// The server accepts and says nothing.
    pub fn hang(&self) {
        self.switches.mode.store(HANGING, Ordering::SeqCst);
    }

    /// The server is back; what hung before stays lost.
    pub fn restore(&self) {
        self.switches.mode.store(WHOLE, Ordering::SeqCst);
    }

    /// What is open now leads nowhere from here on, and nobody is told: bytes are taken and lost. New connections are
    /// served. So it is with a function that was frozen while the server, or what stands between, gave it up.
    pub fn forget_connections(&self) {
        let n_connections = self.switches.n_connections.load(Ordering::SeqCst);
        self.switches.first_known.store(n_connections, Ordering::SeqCst);
    }

    /// How many connections were made since the proxy began.
    pub fn n_connections(&self) -> usize {
        self.switches.n_connections.load(Ordering::SeqCst)
    }

    /// Forgets what was counted.
    pub fn reset(&self) {
        self.switches.last_speaker.store(NOBODY, Ordering::SeqCst);
        self.switches.n_client_turns.store(0, Ordering::SeqCst);
    }

    /// How often the client began to speak after the server had, or after a reset: the round trips.
    pub fn n_round_trips(&self) -> usize {
        self.switches.n_client_turns.load(Ordering::SeqCst)
    }

    /// From the next `commit` on, the connection that sent it is cut once the server has answered, and the
    /// answer is lost. Happens once.
    pub fn lose_the_next_commit_reply(&self) {
        self.switches.drops_after_commit.store(true, Ordering::SeqCst);
    }

    /// Whether a commit's reply was lost since the proxy began.
    pub fn has_lost_a_commit_reply(&self) -> bool {
        self.switches.has_dropped.load(Ordering::SeqCst)
    }
}

/// One connection.
#[derive(Debug)]
struct Line {
    /// Counted from 0.
    number: usize,
    has_committed: AtomicBool,
}

impl Line {
    fn is_forgotten(&self, switches: &Switches) -> bool {
        self.number < switches.first_known.load(Ordering::SeqCst)
    }
}

fn forward(client: TcpStream, server: TcpStream, switches: &Arc<Switches>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let line = Arc::new(Line {
        number: switches.n_connections.fetch_add(1, Ordering::SeqCst),
        has_committed: AtomicBool::default(),
    });
    tokio::spawn(client_to_server(from_client, to_server, Arc::clone(switches), Arc::clone(&line)));
    tokio::spawn(server_to_client(from_server, to_client, Arc::clone(switches), line));
}

async fn client_to_server(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    switches: Arc<Switches>,
    line: Arc<Line>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n) = from.read(&mut buffer).await {
        if n == 0 {
            break;
        }
        match switches.mode.load(Ordering::SeqCst) {
            REFUSING => break,
            HANGING => continue,
            _ => {}
        }
        if line.is_forgotten(&switches) {
            continue;
        }
        if switches.last_speaker.swap(CLIENT, Ordering::SeqCst) != CLIENT {
            switches.n_client_turns.fetch_add(1, Ordering::SeqCst);
        }
        let is_commit = buffer[..n].windows(7).any(|window| window == b"commit\0");
        if is_commit && switches.drops_after_commit.swap(false, Ordering::SeqCst) {
            line.has_committed.store(true, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
}

async fn server_to_client(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    switches: Arc<Switches>,
    line: Arc<Line>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n) = from.read(&mut buffer).await {
        if n == 0 {
            break;
        }
        switches.last_speaker.store(SERVER, Ordering::SeqCst);
        if line.is_forgotten(&switches) {
            continue;
        }
        if line.has_committed.load(Ordering::SeqCst) {
            // Wait until the server has said COMMIT, then cut the line instead of passing it on.
            if buffer[..n].windows(7).any(|window| window == b"COMMIT\0") {
                switches.has_dropped.store(true, Ordering::SeqCst);
                break;
            }
            continue;
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
}
