//! Who may ask for what, and in which form.

use super::*;

#[test]
fn every_resource_answers_to_its_methods_only() {
    use Method::{Delete, Get, Post, Put};
    let plan = format!("/api/failoverPlans/{SQL}");
    let entity = format!("/API/FAILOVERPLANS/{}?FORMAT=entity", SQL.to_uppercase());
    let query = "/api/query?type=failoverplan&filter=Name%3D%3D%22ERP-DR%22&format=Entities";
    let cases = [
        (Get, "/api/", 200, "<EnterpriseManager "),
        (Post, "/api/", 405, "<Error "),
        (Get, "/api/sessionMngr/", 405, "<Error "),
        (Get, "/api/logonSessions", 200, "<LogonSessions "),
        (Get, "/api/logonSessions/other", 500, "<Error "),
        (Delete, "/api/logonsessions/other", 500, "<Error "),
        (Get, "/api/tasks", 200, "<Tasks "),
        (Delete, "/api/tasks", 405, "<Error "),
        (Get, "/api/tasks/task-1", 404, "<Error "),
        (Delete, "/api/tasks/task-1", 404, "<Error "),
        (Post, "/api/tasks/task-1", 405, "<Error "),
        (Get, "/api/failoverPlans", 200, "<EntityReferences "),
        (Get, "/api/failoverPlans?format=Entity", 200, "<FailoverPlans "),
        (Get, plan.as_str(), 200, "<EntityRef "),
        (Get, entity.as_str(), 200, "<FailoverPlan "),
        (Get, "/api/failoverPlans/other", 404, "<Error "),
        (Put, plan.as_str(), 501, "<Error "),
        (Delete, plan.as_str(), 405, "<Error "),
        (Post, plan.as_str(), 400, "<Error "),
        (Post, "/api/failoverPlans/other?action=undo", 404, "<Error "),
        (Get, query, 200, "<Entities><FailoverPlans><FailoverPlan "),
        (Get, "/api/query?type=FailoverPlan&filter=Name==%22x%22", 200, "<Refs/>"),
        (Get, "/api/query?type=Job", 400, "<Error "),
        (Get, "/api/query?type=FailoverPlan&page=0", 400, "<Error "),
        (Get, "/api/query?type=FailoverPlan&filter=x", 400, "<Error "),
        (Get, "/api/jobs", 404, "<Error "),
        (Get, "/", 404, "<Error "),
    ];
    for (method, target, status, part) in cases {
        let (got, body) = Bench::logged_on().ask(method, target);
        assert_eq!(got, status, "{method:?} {target}: {body}");
        assert!(body.contains(part), "{method:?} {target}: {body}");
    }
}

#[test]
fn only_the_entry_and_the_logon_are_open() {
    let mut bench = Bench::new();
    for (target, status) in [("/api/", 200), ("/api/tasks", 401), ("/api/query", 401)] {
        let answer = bench.answer(&Incoming::new(Method::Get, target));
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(answer.header("WWW-Authenticate"), None);
    }
    for credentials in ["", "Basic", "Basic eDp5", "Bearer b3BlcmF0b3I6c2VjcmV0"] {
        let logon = Incoming::new(Method::Post, "/api/sessionMngr/")
            .with_header("Authorization", credentials);
        let answer = bench.answer(&logon);
        assert_eq!(answer.status, 401, "{credentials}");
        assert_eq!(answer.header("www-authenticate"), Some("Basic Realm=RestSvc"));
    }
    assert!(bench.world.ledger().iter().all(|entry| entry.event == Event::LogonRefused));
}

#[test]
fn a_logon_gives_a_token_and_another_name() {
    let mut bench = Bench::new();
    let answer = bench.log_on();
    let token = bench.tokens[0].clone();
    let cookie = format!("X-RestSvcSessionId={token}; Path=/api;");
    assert_eq!((answer.status, answer.header("Set-Cookie")), (201, Some(cookie.as_str())));
    let body = String::from_utf8(answer.body).expect("UTF-8");
    assert!(body.contains("<UserName>operator</UserName>") && !body.contains(&token), "{body}");
    let id = body.split(['<', '>']).skip_while(|part| *part != "SessionId").nth(1).expect("an id");
    let own = format!("/api/logonSessions/{id}");
    assert_eq!(bench.ask(Method::Get, &own).0, 200);
    assert_eq!(bench.ask(Method::Delete, &own), (204, String::new()));
    assert_eq!(bench.ask(Method::Get, &own).0, 401);
    let last = bench.world.ledger().last().map(|entry| &entry.event);
    assert_eq!(last, Some(&Event::LoggedOut { session: 1 }));
}

#[test]
fn the_cookie_wins_over_the_header() {
    let mut bench = Bench::logged_on();
    let token = bench.tokens[0].clone();
    let cases = [("dead", token.as_str(), 200), (token.as_str(), "dead", 401)];
    for (header, cookie, status) in cases {
        let request = Incoming::new(Method::Get, "/api/tasks")
            .with_header("X-RestSvcSessionId", header)
            .with_header("Cookie", format!("a=b; X-RestSvcSessionId={cookie}"));
        assert_eq!(bench.answer(&request).status, status, "{header} {cookie}");
    }
}

#[test]
fn a_session_dies_after_fifteen_idle_minutes() {
    let mut bench = Bench::logged_on();
    assert_eq!(bench.after(seconds(899)).ask(Method::Get, "/api/tasks").0, 200);
    assert_eq!(bench.after(seconds(899)).ask(Method::Get, "/api/tasks").0, 200);
    assert_eq!(bench.after(seconds(900)).ask(Method::Get, "/api/tasks").0, 401);
}

#[test]
fn a_body_must_be_what_the_action_takes() {
    let xml = |inner: &str| {
        format!(
            "<FailoverPlanManagementSpec xmlns=\"http://www.veeam.com/ent/v1.0\">{inner}\
             </FailoverPlanManagementSpec>"
        )
    };
    let right = xml("<StartNow>true</StartNow>");
    let turned = xml("<StartDate>2026-01-01T00:00:00Z</StartDate><StartNow>true</StartNow>");
    let cases = [
        (START, "application/xml", "application/xml", right.as_str(), 202),
        (START, "application/xml", "application/xml", turned.as_str(), 400),
        (START, "application/xml", "text/plain", right.as_str(), 400),
        (START, "application/xml", "application/xml", "", 400),
        // What Accept names is how the body is read.
        (START, "application/xml, application/json", "application/xml", right.as_str(), 400),
        (START, "application/json", "application/json", NOW, 202),
        (UNDO, "application/xml", "application/xml", right.as_str(), 400),
        (UNDO, "application/json", "application/json", "", 202),
    ];
    for (target, accept, kind, body, status) in cases {
        let mut bench = Bench::logged_on();
        let mut request = Incoming::new(Method::Post, target)
            .with_header("X-RestSvcSessionId", bench.tokens[0].clone())
            .with_header("Accept", accept)
            .with_header("Content-Type", kind);
        request.body = body.as_bytes().to_vec();
        let answer = bench.answer(&request);
        assert_eq!(answer.status, status, "{accept} {body}");
        assert_eq!(bench.world.accepted().len(), usize::from(status == 202), "{accept} {body}");
    }
}

#[test]
fn references_of_the_query_service_lead_astray() {
    let mut bench = Bench::logged_on();
    let (_, found) = bench.ask(Method::Get, "/api/query?type=FailoverPlan&pageSize=1");
    for part in [
        "Href=\"https://localhost:9398/api/managedServers/ae01e36f-",
        "<Link Rel=\"Alternate\" Href=\"https://localhost:9398/api/failoverPlans/ae01e36f-",
        "PageNum=\"1\" PageSize=\"1\" PagesCount=\"2\"",
        "<Link Rel=\"Next\" Href=\"https://localhost:9398/api/query?type=FailoverPlan&amp;pageSize=1&amp;page=2\"/>",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let (_, last) = bench.ask(Method::Get, "/api/query?type=FailoverPlan&pageSize=1&page=2");
    assert!(last.contains("ERP-DR") && last.contains("Previous") && !last.contains("Next"));
}
