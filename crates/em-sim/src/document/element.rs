//! The tree that both writers walk, and what a fault may do to it.

/// A value of an attribute or of an element without children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// A text.
    Text(String),
    /// `true` or `false`, unquoted in JSON.
    Flag(bool),
    /// A number, unquoted in JSON.
    Number(usize),
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Scalar {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<usize> for Scalar {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

/// What stands inside an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// One value.
    Value(Scalar),
    /// Different children, each at most once.
    Members(Vec<Element>),
    /// Children of one name. JSON puts them into one member with the name of the plural, or,
    /// for `Links`, in place of the element itself.
    List { plural: Option<&'static str>, items: Vec<Element> },
}

/// An element: attributes first, then what it holds, both in the order of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<(&'static str, Scalar)>,
    pub(super) content: Content,
}

impl Element {
    /// Makes an element for different children.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), content: Content::Members(Vec::new()) }
    }

    /// Makes an element that holds one value.
    pub(crate) fn value(name: &'static str, value: impl Into<Scalar>) -> Self {
        Self { name, attributes: Vec::new(), content: Content::Value(value.into()) }
    }

    /// Makes a list; `plural` is its member in JSON.
    pub(crate) fn list(name: &'static str, plural: &'static str, items: Vec<Self>) -> Self {
        let content = Content::List { plural: Some(plural), items };
        Self { name, attributes: Vec::new(), content }
    }

    /// Makes the `Links` of a resource.
    pub(crate) fn links(items: Vec<Self>) -> Self {
        let content = Content::List { plural: None, items };
        Self { name: "Links", attributes: Vec::new(), content }
    }

    /// Makes one link without a type and a name, which not all have.
    pub(crate) fn link(relation: &str, href: String) -> Self {
        Self::new("Link").with("Rel", relation).with("Href", href)
    }

    /// Adds an attribute.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Scalar>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds a child after those that are there. An element of one value keeps its value.
    pub(crate) fn child(mut self, child: Self) -> Self {
        if let Content::Members(children) = &mut self.content {
            children.push(child);
        }
        self
    }

    /// Calls `change` on this element and on all below it.
    fn walk(&mut self, change: &impl Fn(&mut Self)) {
        change(self);
        if let Content::Members(items) | Content::List { items, .. } = &mut self.content {
            for item in items {
                item.walk(change);
            }
        }
    }

    /// Replaces the beginning of every `Href`, as a server behind a proxy does.
    pub(crate) fn point_elsewhere(&mut self, from: &str, to: &str) {
        self.walk(&|element| {
            for (name, value) in &mut element.attributes {
                if let ("Href", Scalar::Text(href)) = (*name, value)
                    && let Some(rest) = href.strip_prefix(from)
                {
                    *href = format!("{to}{rest}");
                }
            }
        });
    }

    /// Adds what a newer version of the server could add: an attribute to each element and a
    /// child to each that takes different children.
    pub(crate) fn add_unknowns(&mut self) {
        self.walk(&|element| {
            let links = matches!(element.content, Content::List { plural: None, .. });
            if let Content::Members(children) = &mut element.content {
                children.push(Self::value("FromALaterVersion", "unknown"));
            }
            // In JSON `Links` is an array and a value is no object: neither can take a member.
            if !links && !matches!(element.content, Content::Value(_)) {
                element.attributes.push(("LaterAttribute", "unknown".into()));
            }
        });
    }

    /// Takes every child of this name out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.walk(&|element| {
            if let Content::Members(children) = &mut element.content {
                children.retain(|child| child.name != name);
            }
        });
    }
}
