//! The client over TLS: it speaks it, and only to whom it trusts.

use shared::testing::certificates::Authority;
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

const ID: &str = "asm_01890a5d-ac96-774b-bcce-b302099a8057";

/// A server that tells every request of a certified name that there is nothing: its address.
async fn server(authority: &Authority, name: &str) -> String {
    let acceptor = TlsAcceptor::from(authority.server(name));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = Arc::new(acceptor.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate hangs up here.
                let Ok(mut stream) = acceptor.accept(socket).await else { return };
                let mut request = [0; 4_096];
                if stream.read(&mut request).await.is_ok() {
                    let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _sent = stream.write_all(answer).await;
                    let _closed = stream.shutdown().await;
                }
            });
        }
    });
    url
}

/// What the command says of a server when it trusts this authority alone.
async fn said(url: &str, authority: &Authority) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["verify-decision", ID, "--url", url, "--patience-seconds", "0"]);
    command.env("TELLTALE_ADMIN_KEY", "tt_test").env("SSL_CERT_FILE", &authority.file);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_reached_over_tls() {
    let authority = Authority::new();
    let said = said(&server(&authority, "127.0.0.1").await, &authority).await;
    assert!(said.contains("404"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_and_a_wrong_name_are_refused() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let of_another = said(&server(&unknown, "127.0.0.1").await, &known).await;
    assert!(
        of_another.contains("cannot be reached") && of_another.contains("invalid peer certificate"),
        "{of_another}"
    );
    let misnamed = said(&server(&known, "another.example").await, &known).await;
    assert!(misnamed.contains("cannot be reached") && misnamed.contains("not valid for name"), "{misnamed}");
}
