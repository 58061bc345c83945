//! Where a run goes: the embedded simulator, or the Enterprise Manager that the environment
//! names. Never anything that stands in a working folder: a pull request must not be able to
//! send the password somewhere else.

use std::fs;
use std::time::Duration;

use em_api::client::{Base, Client, Config, ConfigError, Pin, Trust};
use em_api::protocol::Media;
use em_sim::{Options, Server, World};
use runbook_core::lane::Settings;
use runbook_core::time::Words;
use secrecy::SecretString;

use crate::args::TargetName;
use crate::exit::{Exit, Failure};
use crate::locks::sha256;
use crate::{gate, terminal};

/// The least time that EM gets to be there again. Without any, nothing would ever be tried.
const LEAST_PATIENCE: Duration = Duration::from_millis(100);

/// A target, ready to be used.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: &'static str,
    /// EM's address.
    pub(crate) address: String,
    /// How EM is known, for the record.
    pub(crate) trust: String,
    /// The client.
    pub(crate) client: Client,
    /// The password of the account, under which sessions are kept.
    pub(crate) password: SecretString,
    /// How its lanes behave.
    pub(crate) settings: Settings,
    /// The simulator, which lives as long as the target.
    pub(crate) simulator: Option<Server>,
}

impl Target {
    /// Makes the target ready.
    pub(crate) async fn open(name: TargetName) -> Result<Self, Failure> {
        match name {
            TargetName::Sim => Self::simulated().await,
            TargetName::Env => Self::of_environment(),
        }
    }

    /// Starts the simulator, and talks to it as to any other EM: HTTPS, a pin, a logon.
    async fn simulated() -> Result<Self, Failure> {
        const USER: &str = "simulated";
        let password = uuid::Uuid::new_v4().to_string();
        let world = World::builtin(USER, password.as_str());
        let server = Server::start(world, Options::default()).await.map_err(|error| {
            Failure::new(Exit::Internal, format!("the simulator does not start: {error}"))
        })?;
        let trust = Trust::Pins(vec![Pin::parse(server.pin()).map_err(|error| invalid(&error))?]);
        let base = Base::parse(server.url()).map_err(|error| invalid(&error))?;
        // It is long, so there is nothing to warn of.
        let _ = gate::add_account(USER, &password);
        let password = SecretString::from(password);
        let username = USER.to_owned();
        let config = Config { base, trust, username, password: password.clone() };
        let (address, pin) = (server.url().to_owned(), server.pin().to_owned());
        let settings = Settings { seed: seed(), ..Settings::default() };
        let client = Client::new(config).map_err(|error| invalid(&error))?;
        let (trust, simulator) = (pin, Some(server));
        Ok(Self { name: "sim", address, trust, client, password, settings, simulator })
    }

    /// Tells whether EM is known in a way that a run has written down.
    pub(crate) fn is_known_as(&self, trust: &str) -> bool {
        Known::by(&self.trust).is_as(&Known::by(trust))
    }

    fn of_environment() -> Result<Self, Failure> {
        let [address, username, password] = needed()?;
        // Before anything else is read, so that no complaint of it can repeat them.
        if let Some(warning) = gate::add_account(&username, &password) {
            terminal::note(&warning);
        }
        let base = Base::parse(&address).map_err(|error| in_variable("EM_URL", &error))?;
        let (trust, known_by) = trust()?;
        let password = SecretString::from(password);
        let address = base.to_string();
        let config = Config { base, trust, username, password: password.clone() };
        let client = Client::new(config);
        let client = client.map_err(|error| match error {
            ConfigError::Ca { .. } => in_variable("EM_CA", &error),
            ConfigError::Username => in_variable("EM_USERNAME", &error),
            _ => invalid(&error),
        })?;
        let settings = settings()?;
        let (name, trust, simulator) = ("env", known_by, None);
        Ok(Self { name, address, trust, client, password, settings, simulator })
    }
}

/// By what EM is known, as it was written down.
#[derive(Debug)]
enum Known<'t> {
    Pins(Vec<&'t str>),
    /// By a CA file with this SHA-256, wherever it lies.
    Ca(&'t str),
    /// By the CAs of the system, or by something that this version does not write.
    Other(&'t str),
}

const CA_FILE: &str = "CA file ";
const SHA256: &str = ", sha256 ";

impl<'t> Known<'t> {
    fn by(text: &'t str) -> Self {
        // First, as there may be anything in a path.
        if let Some(file) = text.strip_prefix(CA_FILE) {
            return file.rsplit_once(SHA256).map_or(Self::Other(text), |(_, sum)| Self::Ca(sum));
        }
        let pins: Vec<_> = text.split(',').map(str::trim).collect();
        let are_pins = pins.iter().all(|pin| pin.starts_with("sha256/"));
        if are_pins { Self::Pins(pins) } else { Self::Other(text) }
    }

    /// Of several pins one is enough, since a certificate may be changed.
    fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pins(ours), Self::Pins(theirs)) => ours.iter().any(|pin| theirs.contains(pin)),
            (Self::Ca(ours), Self::Ca(theirs)) | (Self::Other(ours), Self::Other(theirs)) => {
                ours == theirs
            }
            _ => false,
        }
    }
}

fn trust() -> Result<(Trust, String), Failure> {
    // An empty one is a secret that CI did not hand in. To go on under another trust than was
    // meant would be worse than not to go on.
    for name in ["EM_PIN", "EM_CA"] {
        if std::env::var_os(name).is_some_and(|value| value.is_empty()) {
            return Err(Failure::invalid(format!("`{name}` is set and empty"))
                .help(format!("set it, or unset `{name}` to trust the CAs of this system")));
        }
    }
    match (variable("EM_PIN")?, variable("EM_CA")?) {
        (Some(_), Some(_)) => Err(Failure::invalid("both `EM_PIN` and `EM_CA` are set")
            .help("a pin needs no CA: unset one of them")),
        (Some(pins), None) => {
            let parse = |pin: &str| Pin::parse(pin.trim());
            let parsed: Result<Vec<_>, _> = pins.split(',').map(parse).collect();
            let parsed = parsed.map_err(|error| in_variable("EM_PIN", &error))?;
            Ok((Trust::Pins(parsed), pins))
        }
        (None, Some(path)) => {
            let pem = fs::read(&path).map_err(|error| {
                Failure::invalid(format!("`EM_CA` names `{path}`, which cannot be read: {error}"))
                    .help("`EM_CA` is the path of a file with CA certificates in PEM")
            })?;
            let known_by = format!("{CA_FILE}{path}{SHA256}{}", sha256(&pem));
            Ok((Trust::Ca(pem), known_by))
        }
        (None, None) => Ok((Trust::System, "the CAs of this system".to_owned())),
    }
}

fn settings() -> Result<Settings, Failure> {
    let mut settings = Settings { seed: seed(), ..Settings::default() };
    if let Some(lanes) = variable("EM_LANES")? {
        settings.lanes =
            lanes.parse().ok().filter(|lanes| (1..=64).contains(lanes)).ok_or_else(|| {
                Failure::invalid(format!(
                    "`EM_LANES` is `{lanes}`: a number from 1 to 64 is wanted"
                ))
            })?;
    }
    if let Some(patience) = variable("EM_PATIENCE")? {
        settings.patience = duration("EM_PATIENCE", &patience)?;
        if settings.patience < LEAST_PATIENCE {
            let message = format!("`EM_PATIENCE` is `{patience}`: at least `100ms` is wanted");
            return Err(Failure::invalid(message));
        }
    }
    if let Some(media) = variable("EM_MEDIA")? {
        settings.media = match media.as_str() {
            "xml" => Media::Xml,
            "json" => Media::Json,
            other => {
                let message = format!("`EM_MEDIA` is `{other}`: `xml` or `json` is wanted");
                return Err(Failure::invalid(message));
            }
        };
    }
    Ok(settings)
}

fn duration(name: &str, text: &str) -> Result<Duration, Failure> {
    let words: Result<Words, _> = text.parse();
    words.map(|words| words.0).map_err(|error| in_variable(name, &error))
}

/// A variable, or the content of the file that `…_FILE` names: how containers hand in secrets.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let file = format!("{name}_FILE");
    match (of(name), of(&file)) {
        (Some(value), _) => Ok(Some(value)),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let text = fs::read_to_string(&path).map_err(|error| {
                Failure::invalid(format!("`{file}` names `{path}`, which cannot be read: {error}"))
            })?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}

/// Reads address, user and password. All that are missing are named at once.
fn needed() -> Result<[String; 3], Failure> {
    let mut missing = Vec::new();
    let mut read = |name: &'static str| -> Result<String, Failure> {
        let value = variable(name)?;
        Ok(value.unwrap_or_else(|| {
            missing.push(format!("`{name}`"));
            String::new()
        }))
    };
    let values = [read("EM_URL")?, read("EM_USERNAME")?, read("EM_PASSWORD")?];
    let (are, them) = match missing.len() {
        0 => return Ok(values),
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let missing = missing.join(", ");
    let message = format!("{missing} {are} not set, and `--target env` needs {them}");
    Err(Failure::invalid(message).help(
        "each may also be given as the path of a file, as in `EM_PASSWORD_FILE`; `EM_PIN` or \
         `EM_CA` says how EM is known, else the CAs of this system do; nothing was sent",
    ))
}

fn in_variable(name: &str, error: &dyn std::error::Error) -> Failure {
    Failure::invalid(format!("`{name}`: {error}"))
}

fn invalid(error: &ConfigError) -> Failure {
    Failure::invalid(error.to_string())
}

/// Chance enters here, and nowhere below.
fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_known_in_one_way_is_not_known_in_another() {
        let ca = |path: &str, sum: &str| format!("{CA_FILE}{path}{SHA256}{sum}");
        let same = [
            ("sha256/a=, sha256/b=".to_owned(), "sha256/b=,sha256/c=".to_owned()),
            (ca("/one.pem", "01"), ca("/two, sha256/a=, sha256 02.pem", "01")),
            ("the CAs of this system".to_owned(), "the CAs of this system".to_owned()),
        ];
        let known = |one: &str, other: &str| Known::by(one).is_as(&Known::by(other));
        for (at, (one, other)) in same.iter().enumerate() {
            assert!(known(one, other) && known(other, one), "{one}; {other}");
            for (_, else_) in same.iter().skip(at + 1) {
                assert!(!known(one, else_) && !known(else_, one), "{one}; {else_}");
            }
        }
        assert!(!known("sha256/a=", "sha256/b="));
        assert!(!known(&ca("/one.pem", "01"), &ca("/one.pem", "02")));
        // As an earlier version wrote it: which CAs those were is not known.
        assert!(!known("CA file /one.pem", &ca("/one.pem", "01")));
    }
}
