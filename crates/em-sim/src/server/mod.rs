//! The world behind HTTPS on the loopback address.
//!
//! This is the one place of the crate with sockets and a clock; it knows nothing of the API.
//! It stands on hyper itself and not on axum: the world already routes, and a connection that
//! closes without an answer is, in hyper, just a service that fails.

mod certificate;
mod connection;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use self::certificate::{Certificate, Names};
pub use self::watch::{Moment, Next, Watcher};
use self::watch::{Tapped, Watched};
use crate::world::World;

/// How long a client may take over its TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How a server is started; the default is a free port and a new certificate.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0 is any that is free.
    pub port: u16,
    /// The certificate; `None` makes a new one.
    pub certificate: Option<Certificate>,
    /// Which names a new certificate is for.
    pub names: Names,
    /// The address that stands in links; `None` is the server's own.
    pub public_url: Option<String>,
    /// Who is told of each moment of each exchange.
    pub watcher: Option<Watcher>,
}

/// A simulated Enterprise Manager that listens. It stops when it is dropped.
///
/// # Example
/// ```
/// use em_sim::{Options, Server, World};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let server = Server::start(World::builtin("operator", "secret"), Options::default()).await?;
/// assert!(server.url().starts_with("https://127.0.0.1:"));
/// assert_eq!(server.with_world(|world| world.requests().len()), 0);
/// server.stop().await;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    url: String,
    certificate: Option<Certificate>,
    world: Arc<Mutex<World>>,
    listening: JoinHandle<()>,
}

impl Server {
    /// Starts a server with HTTPS on the current tokio runtime, which needs IO and time.
    ///
    /// # Errors
    /// The port is taken, or no certificate can be made.
    pub async fn start(world: World, options: Options) -> io::Result<Self> {
        let certificate = match options.certificate.clone() {
            Some(certificate) => certificate,
            None => Certificate::generate(options.names)?,
        };
        let tls = certificate.server_config()?;
        Self::listen(world, &options, Some((certificate, tls))).await
    }

    /// Starts a server with plain HTTP. Enterprise Manager has none; it is for tests that look
    /// at bytes.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start_plain(world: World, options: Options) -> io::Result<Self> {
        Self::listen(world, &options, None).await
    }

    async fn listen(
        mut world: World,
        options: &Options,
        tls: Option<(Certificate, Arc<ServerConfig>)>,
    ) -> io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address).await?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        world.set_base(options.public_url.clone().unwrap_or_else(|| url.clone()));
        let world = Arc::new(Mutex::new(world));
        let (certificate, config) = tls.unzip();
        let acceptor = config.map(TlsAcceptor::from);
        let watcher = options.watcher.clone();
        let listening = tokio::spawn(accept(listener, acceptor, watcher, Arc::clone(&world)));
        Ok(Self { url, certificate, world, listening })
    }

    /// Returns the address of the server, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the pin of the certificate: `sha256/` and the hash of the public key in base64.
    /// A plain server has none, and the pin is empty.
    pub fn pin(&self) -> &str {
        self.certificate.as_ref().map_or("", Certificate::pin)
    }

    /// Returns the certificate in PEM; it is empty for a plain server.
    pub fn certificate_pem(&self) -> &str {
        self.certificate.as_ref().map_or("", Certificate::pem)
    }

    /// Brings the world to the present and looks at it, or changes it. Requests wait meanwhile.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        // A panic in another look leaves the world as it is, which is what tests want to see.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(Timestamp::now());
        look(&mut world)
    }

    /// Stops listening and closes all connections; afterwards the port is free.
    pub async fn stop(mut self) {
        self.listening.abort();
        // It was cancelled: that is what was asked for.
        let _ = (&mut self.listening).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Takes connections for ever. They are owned by this future, so they end with it.
async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    watcher: Option<Watcher>,
    world: Arc<Mutex<World>>,
) {
    let mut connections = JoinSet::new();
    let mut accepted_before = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    accepted_before += 1;
                    let watched = Watched::new(accepted_before, watcher.clone());
                    connections.spawn(serve(stream, tls.clone(), watched, Arc::clone(&world)));
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    watched: Watched,
    world: Arc<Mutex<World>>,
) {
    // Answers are small; to wait for more of them only costs time.
    let _ = stream.set_nodelay(true);
    if !watched.connected() {
        return;
    }
    let Some(tls) = tls else {
        return connection::serve(Tapped { stream, watched }, &world).await;
    };
    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream));
    if let Ok(Ok(stream)) = handshake.await {
        connection::serve(Tapped { stream, watched }, &world).await;
    }
}
