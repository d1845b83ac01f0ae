package plan

import (
	"roadline/fmc"
)

// askedJoin leads the subject into a conference.
func (d *decision) askedJoin() {
	x, ok := d.c.Conference(d.q.Query.Conference)
	if !ok || d.q.Query.Conference == "" {
		d.missing(fmc.Action{Conference: d.q.Query.Conference})
		return
	}
	d.conference(x)
}

// conference joins those who are in a conference already, or begins it: whoever comes first waits for the others. Several
// may come at once, so that who is first shows only when they are handed over. It is recorded by its own rule.
func (d *decision) conference(x *fmc.Conference) {
	id := string(x.ID)
	d.policy = d.conferencePolicy(x)
	d.because("recording", id, "%s", d.policy.Why)
	d.announce(d.policy.Record)
	text := "nobody is there yet: whoever calls opens the room"
	if d.w.In(x.ID) > 0 {
		text = "whoever calls joins those who are there"
	}
	d.w.note("conference", id, text, nil)
	joins := d.add(Node{Do: Give, Gift: fmc.Join, Query: Query{What: AskJoin, Conference: x.ID}})
	d.leadTo(tailTaken, joins, Done)
	d.on(joins, d.here(), Unreachable, TimedOut)
	at := d.talk(longestCall, Query{})
	d.nodes[at].Conference = x.ID
}

// conferencePolicy is how a conference is recorded.
func (d *decision) conferencePolicy(x *fmc.Conference) Policy {
	p := d.usualPolicy()
	if p.Why = "this conference is not recorded"; x.Record && !d.q.Private {
		p = d.recorded(p, d.c.Rules.Recording.FailClosed)
		p.Why = "this conference is recorded"
	}
	return p
}

// joins reports whether a conference that an action leads to is recorded.
func (w *walk) joins(id fmc.ConferenceID) bool {
	x, ok := w.d.c.Conference(id)
	return ok && x.Record
}
