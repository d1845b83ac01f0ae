package main

import (
	"fmt"
	"io"
	"time"

	"roadline/fmc"
)

// What a call's record proves: who was known to be whom, and who heard and refused what.

// assurances are how a person is known, in words.
var assurances = map[fmc.Assurance]string{
	fmc.ByNumber: "by their mobile's number", fmc.ByPIN: "by their PIN", fmc.ByCallBack: "by answering on their own mobile", fmc.ByAccount: "by their phone's account",
}

// writePeople tells how people of the company were known, what they were sent, and what was alerted.
func writePeople(w io.Writer, r fmc.Record) {
	for _, x := range r.Recognised {
		fmt.Fprintf(w, "%s known %s, leg %d\n", x.Employee, assurances[x.By], x.Leg.N)
	}
	for _, x := range r.Texts {
		fmt.Fprintf(w, "text to %s %s: %s\n", dash(string(x.Employee)), dash(x.To.String()), plainly(x.Text))
	}
	for _, x := range r.Alerts {
		fmt.Fprintf(w, "alert %s, %s, %s: %s\n", x.Kind, dash(string(x.Employee)), dash(x.About), plainly(x.Text))
	}
}

// writeConsent tells who heard which notice when, and who refused the recording.
func writeConsent(w io.Writer, r fmc.Record) {
	for _, n := range r.Recording.Notices {
		fmt.Fprintf(w, "  %s heard %s, version %s, language %s, from %s to %s\n",
			partyOf(r, n.Leg), n.Prompt, dash(n.Version), dash(n.Language), tenths(n.From), tenths(endOf(r, n)))
	}
	for _, x := range r.Recording.Refused {
		fmt.Fprintf(w, "  %s refused the recording by key %s\n", partyOf(r, x.Leg), x.Key)
	}
}

// endOf is when a notice had been heard.
func endOf(r fmc.Record, n fmc.Announced) time.Duration {
	for _, s := range r.Recording.Spans {
		if s.Kind == fmc.SpanNotice && s.Leg == n.Leg && s.From == n.From {
			return s.To
		}
	}
	return n.From
}

// partyOf names a leg of a call, with its number where it has one.
func partyOf(r fmc.Record, id fmc.LegID) string {
	for _, l := range r.Legs {
		if l.Leg != id {
			continue
		}
		who := l.Role.String()
		if l.Device != "" {
			who = string(l.Device)
		}
		if l.Number.String() != "" {
			who += " " + l.Number.String()
		}
		return who
	}
	return "leg " + id.String()
}
