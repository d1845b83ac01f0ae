package configs

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// mostAddress is how many bytes a mail address may have: RFC 5321 §4.5.3.1.3, a path of 256 without its brackets.
const mostAddress = 254

// mail reads a mail address, bare: a name beside it, or letters that not every mail server takes, are refused.
func (r *reader) mail(n *yaml.Node, what string) string {
	s := r.textOf(n, what, mostAddress)
	if n.Kind != yaml.ScalarNode || s != n.Value {
		return ""
	}
	address, err := mail.ParseAddress(s)
	plain := !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
	if err != nil || address.Address != s || !plain {
		r.fail(n, "%s: %q is no mail address: write one alone and in Latin letters, such as \"ivanov@acme.example\"", what, s)
		return ""
	}
	return s
}

func (r *companyReader) alerts(n *yaml.Node) {
	r.list(n, "alerts", func(n *yaml.Node) {
		address := r.mail(n, "alerts")
		if address != "" && slices.Contains(r.c.Rules.Alerts, address) {
			r.fail(n, "alerts: %q stands here twice: remove one", address)
		}
		r.c.Rules.Alerts = append(r.c.Rules.Alerts, address)
	})
}

// voicemail reads whom a person's or a group's messages are mailed to, and what is heard before they are left.
func (r *companyReader) voicemail(n *yaml.Node) fmc.Mailbox {
	var m fmc.Mailbox
	r.fields(n, "voicemail", map[string]field{
		"mail": func(n *yaml.Node) { m.Mail = r.mail(n, "mail") },
		"greetings": func(n *yaml.Node) {
			r.list(n, "greetings", func(n *yaml.Node) {
				if last := len(m.Greetings) - 1; last >= 0 && m.Greetings[last].Inside == "" && m.Greetings[last].Outside == "" {
					r.fail(n, "greeting: it is never heard: the one before it is heard at any time: remove it, or put it first")
				}
				m.Greetings = append(m.Greetings, r.greeting(n))
			})
		},
	})
	return m
}

func (r *companyReader) greeting(n *yaml.Node) fmc.Greeting {
	var g fmc.Greeting
	r.fields(n, "greeting", map[string]field{
		"inside":  func(n *yaml.Node) { g.Inside = r.referHours(n, "inside") },
		"outside": func(n *yaml.Node) { g.Outside = r.referHours(n, "outside") },
		"say":     func(n *yaml.Node) { g.Prompt = r.prompt(n, "say") },
	})
	if len(only(n, "inside", "outside").Content) > 2 {
		r.fail(n, "greeting: write \"inside: work\", \"outside: work\", or neither where it is heard at any time")
	}
	r.require(n, "greeting", "say", "the prompt that is heard, such as \"say: leave-message\"")
	return g
}

// mostTextOut is how many bytes a text to a client may have: five messages of Russian, four of English.
const mostTextOut = 600

func (r *companyReader) missedCalls(n *yaml.Node) {
	rule := &r.c.Rules.Missed
	r.fields(n, "missed_calls", map[string]field{
		"deadline": func(n *yaml.Node) { rule.Deadline = r.duration(n, "deadline", time.Minute, 168*time.Hour) },
		"escalate": func(n *yaml.Node) { rule.Escalate = r.duration(n, "escalate", 0, 168*time.Hour) },
		"text": func(n *yaml.Node) {
			rule.Text = r.spoken(n, "text", mostTextOut)
			r.later = append(r.later, func() { r.sendsMessages(n, "text") })
		},
	})
}

// sendsMessages checks that a card of the company may send what is to be sent.
func (r *companyReader) sendsMessages(n *yaml.Node, what string) {
	if !slices.ContainsFunc(r.c.SIMs, func(s fmc.SIM) bool { return slices.Contains(s.Mandate.For, fmc.UseMessages) }) {
		r.fail(n, "%s: no card of the company could send it: write \"for: [calls, messages]\" in the mandate of one under \"sims\", or remove this", what)
	}
}
