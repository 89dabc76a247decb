use std::time::Duration;

use super::*;

fn edge() -> Link {
    Link {
        site: "edge \"one\"".to_owned(),
        state: "down",
        waiting_changes: 3,
        waiting_bytes: 1234,
        waiting_by: [("flash", 1), ("immediate", 0), ("priority", 0), ("routine", 2)],
        loss: Some(0.25),
        last_contact: 1_700_000_000.25,
        sent: 10_000,
        received: 20,
        shared: 2,
        differing: 1,
        ..Link::default()
    }
}

fn lines(sample: &Sample) -> Vec<String> {
    let requests = Requests::default();
    requests.count("GET", 200, Duration::from_millis(3));
    requests.count("GET", 200, Duration::from_millis(30));
    requests.count("BREW", 501, Duration::from_secs(60));
    text(&requests, sample).unwrap().lines().map(str::to_owned).collect()
}

#[track_caller]
fn assert_has(lines: &[String], line: &str) {
    assert!(lines.iter().any(|one| one == line), "{line} is not in {lines:#?}");
}

#[test]
fn requests_are_counted_by_method_and_code_and_timed() {
    let lines = lines(&Sample::default());
    assert_has(&lines, "fieldpost_requests_total{method=\"GET\",code=\"200\"} 2");
    assert_has(&lines, "fieldpost_requests_total{method=\"other\",code=\"501\"} 1");
    assert_has(&lines, "fieldpost_request_seconds_bucket{le=\"0.0025\",method=\"GET\"} 0");
    assert_has(&lines, "fieldpost_request_seconds_bucket{le=\"0.005\",method=\"GET\"} 1");
    assert_has(&lines, "fieldpost_request_seconds_bucket{le=\"+Inf\",method=\"other\"} 1");
    assert_has(&lines, "fieldpost_request_seconds_count{method=\"GET\"} 2");
    assert_eq!(lines.last().unwrap(), "# EOF");
}

#[test]
fn every_link_is_told_of_by_the_name_of_its_site() {
    let lines = lines(&Sample { links: vec![edge()], ..Sample::default() });
    let site = "site=\"edge \\\"one\\\"\"";
    for (name, value) in [
        ("waiting_changes", "3.0"),
        ("waiting_bytes", "1234.0"),
        ("last_contact_seconds", "1700000000.25"),
        ("sent_bytes_total", "10000"),
        ("received_bytes_total", "20"),
        ("clock_ahead_seconds", "0.0"),
        ("shared_channels", "2.0"),
        ("differing_channels", "1.0"),
        ("offers", "0.0"),
    ] {
        assert_has(&lines, &format!("fieldpost_link_{name}{{{site}}} {value}"));
    }
    assert_has(&lines, &format!("fieldpost_link_state{{{site},state=\"down\"}} 1"));
    assert_has(&lines, &format!("fieldpost_link_state{{{site},state=\"connected\"}} 0"));
    for (precedence, changes) in [("flash", "1.0"), ("priority", "0.0"), ("routine", "2.0")] {
        let name = "fieldpost_link_waiting_precedence_changes";
        let labels = format!("{site},precedence=\"{precedence}\"");
        assert_has(&lines, &format!("{name}{{{labels}}} {changes}"));
    }
    assert_has(&lines, &format!("fieldpost_link_loss_ratio{{{site}}} 0.25"));
    let unknown = ["fieldpost_link_rate_bits{", "fieldpost_link_clears_seconds{"];
    let told = |line: &String| unknown.iter().any(|name| line.starts_with(name));
    assert!(!lines.iter().any(told), "there was no connection");
    let round_trip =
        lines.iter().any(|line| line.starts_with("fieldpost_link_round_trip_seconds{"));
    assert!(!round_trip, "there is no connection");
}

#[test]
fn what_is_measured_of_a_line_is_told_for_both_directions() {
    let link = Link { rates: Some((8_000, 400)), clears_in: Some(1.5), ..edge() };
    let lines = lines(&Sample { links: vec![link], ..Sample::default() });
    let site = "site=\"edge \\\"one\\\"\"";
    let rate = |direction| format!("fieldpost_link_rate_bits{{{site},direction=\"{direction}\"}}");
    assert_has(&lines, &format!("{} 8000.0", rate("out")));
    assert_has(&lines, &format!("{} 400.0", rate("in")));
    assert_has(&lines, &format!("fieldpost_link_clears_seconds{{{site}}} 1.5"));
}

#[test]
fn what_the_system_does_not_say_is_left_out() {
    let process = Some(Process { resident: 17_000_000, open_files: 40, cpu: 1.5 });
    let said = lines(&Sample { process, version: "1.2.3", ..Sample::default() });
    assert_has(&said, "process_resident_memory_bytes 17000000");
    assert_has(&said, "process_open_fds 40");
    assert_has(&said, "process_cpu_seconds_total 1.5");
    assert_has(&said, "fieldpost_build{version=\"1.2.3\"} 1");
    assert!(!lines(&Sample::default()).iter().any(|line| line.starts_with("process_")));
}
