//! PgBouncer in transaction mode, with two connections to the server: what stands in for a pooled proxy.

use super::database::with_address;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;

/// Where Debian puts it; root's PATH may lack it.
const PATHS: [&str; 2] = ["/usr/sbin/pgbouncer", "pgbouncer"];
/// PgBouncer refuses to run as root.
const UNPRIVILEGED: &str = "nobody";

/// A running PgBouncer; it ends with this value.
#[derive(Debug)]
pub struct PgBouncer {
    /// The application's URL through it.
    pub url: String,
    process: Child,
    folder: PathBuf,
}

impl PgBouncer {
    /// Starts one in front of the database of `url`.
    pub async fn before(url: &str) -> Self {
        let target: tokio_postgres::Config = url.parse().expect("a database URL");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let folder =
            std::env::temp_dir().join(format!("telltale-pgbouncer-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&folder).expect("a folder for PgBouncer");
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings(&target, port)).expect("PgBouncer's settings");
        let mut command =
            Command::new(PATHS.iter().find(|path| PathBuf::from(path).exists()).unwrap_or(&PATHS[1]));
        if is_root() {
            command.args(["-u", UNPRIVILEGED]);
        }
        let process = command
            .arg("-q")
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer starts; `local/tools` installs it");
        let address = format!("127.0.0.1:{port}");
        for _ in 0..100 {
            if TcpStream::connect(&address).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { url: with_address(url, &address), process, folder }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ended = self.process.kill();
        let _status = self.process.wait();
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings(target: &tokio_postgres::Config, port: u16) -> String {
    let server_port = target.get_ports().first().copied().unwrap_or(5432);
    let name = target.get_dbname().expect("a database's name");
    let user = target.get_user().expect("a user");
    let password = String::from_utf8_lossy(target.get_password().unwrap_or_default()).into_owned();
    format!(
        "[databases]
{name} = host=127.0.0.1 port={server_port} dbname={name} user={user} password={password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
"
    )
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
