//! Where CloudFormation waits for a custom resource's answer: a web server that takes a PUT.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::put;
use axum::{Json, Router};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// A running server.
pub(crate) struct ResponseServer {
    /// The address to answer at.
    pub(crate) url: String,
    n_refused: Arc<AtomicUsize>,
    answers: Mutex<mpsc::UnboundedReceiver<Value>>,
}

#[derive(Clone)]
struct Inbox {
    n_refused: Arc<AtomicUsize>,
    answers: mpsc::UnboundedSender<Value>,
}

impl ResponseServer {
    pub(crate) async fn start() -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        let n_refused = Arc::<AtomicUsize>::default();
        let inbox = Inbox { n_refused: Arc::clone(&n_refused), answers: sender };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/answer?X-Amz-Signature=signature", listener.local_addr().unwrap());
        let router = Router::new().route("/answer", put(take)).with_state(inbox);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, n_refused, answers: Mutex::new(answers) }
    }

    /// The next `n` answers are refused.
    pub(crate) fn refuse(&self, n: usize) {
        self.n_refused.store(n, Ordering::SeqCst);
    }

    /// The next answer that came.
    pub(crate) async fn answer(&self) -> Value {
        let mut answers = self.answers.lock().await;
        tokio::time::timeout(Duration::from_secs(30), answers.recv()).await.unwrap().unwrap()
    }
}

/// S3 takes what its address was signed for: no content type, and a length.
async fn take(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(), (StatusCode, Json<Value>)> {
    let is_as_signed = !headers.contains_key("content-type") && headers.contains_key("content-length");
    let left = inbox.n_refused.load(Ordering::SeqCst);
    if !is_as_signed || left > 0 || body.len() > 4_096 {
        inbox.n_refused.store(left.saturating_sub(1), Ordering::SeqCst);
        return Err((StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null)));
    }
    inbox.answers.send(serde_json::from_slice(&body).unwrap()).unwrap();
    Ok(())
}
