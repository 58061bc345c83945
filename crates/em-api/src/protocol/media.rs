//! The two forms in which EM writes a document.

/// XML or JSON.
///
/// A request names exactly one of them, for what it sends and for what it wants back: a server
/// was seen to parse an XML body as JSON because `Accept` listed both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Media {
    /// `application/xml`, EM's own form and ours where nothing else is asked for.
    #[default]
    Xml,
    /// `application/json`.
    Json,
}

impl Media {
    /// Returns the media type as it stands in `Accept` and `Content-Type`.
    ///
    /// ```
    /// assert_eq!(em_api::protocol::Media::Json.name(), "application/json");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
        }
    }

    /// Reads a `Content-Type` value; parameters such as `charset` do not count.
    ///
    /// Returns `None` for any other type: an HTML page of a proxy is not an answer of EM.
    pub fn of_content_type(value: &str) -> Option<Self> {
        let essence = value.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/xml" | "text/xml" => Some(Self::Xml),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}
