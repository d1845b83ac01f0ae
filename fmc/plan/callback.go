package plan

import (
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	backAfter  = 2 * time.Second  // so long a handset is busy with the call that was just ended
	retryAfter = 30 * time.Second // FLOWS E2b: a person who did not answer is called back once more
)

// declineToCallBack declines a call that asks for a call back: FLOWS E2b. A forged number only has its owner called.
func (d *decision) declineToCallBack(e *fmc.Employee) {
	id, h := string(e.ID), d.history(e)
	if h.Asked > 0 && h.Asked < askedAgain {
		d.refuse(cause.Declined, "call back", id, "%s asked for a call back %s ago: one is enough", id, h.Asked.Round(time.Second))
		return
	}
	if no := d.calledBackEnough(e); no != nil {
		d.tellWhy(no)
		d.end(&no.cause)
		return
	}
	c := cause.Because(cause.Declined, "the call is declined, and %s is called back", id)
	d.w.note("call back", id, c.Text, nil)
	d.add(Node{Do: End, Cause: &c, Then: &Then{Employee: e.ID, After: backAfter}})
}

// callBack rings a person who asked for a call and has no leg in it yet; then the call goes where they wanted it. Who
// asked from their mobile is rung there alone: that it is answered proves who asked.
func (d *decision) callBack(e *fmc.Employee) {
	if d.wishes(e) {
		if _, no := d.chosen(e); no != nil {
			d.tellWhy(no)
			d.end(&no.cause)
			return
		}
	}
	id, tries := string(e.ID), d.triesBack(e)
	if len(tries) == 0 || d.w.Busy(e.ID) {
		d.notAnswered(e, cause.Unreachable, "%s asked for a call and cannot be rung now", id)
		return
	}
	d.because("person", id, "%s asked for a call: their phone rings first", id)
	at := d.add(Node{Do: Ring, Tries: tries, For: ringTime(tries), Person: e.ID})
	q := Query{What: AskOut, Employee: e.ID, Digits: d.wanted(), Round: d.q.Query.Round, Busy: d.q.Query.Busy}
	d.on(at, d.here(), failures...)
	d.askAfresh(q)
	d.on(at, d.here(), TurnedDown, ToVoicemail)
	c := cause.Because(cause.Declined, "%s did not want the call any more", id)
	d.end(&c)
	d.on(at, d.here(), Won)
	q.Proof, q.Round = fmc.ByCallBack, 0
	d.askAfresh(q)
}

// triesBack is how a person is called back. A mobile must confirm, since its voicemail answers too.
func (d *decision) triesBack(e *fmc.Employee) []Try {
	var tries []Try
	if dev, ok := d.askedFrom(e); !ok {
		tries = d.reach(e, "")
	} else if lines := d.linesTo(e, dev, ""); len(lines) > 0 {
		tries = []Try{{Device: dev.ID, Employee: e.ID, Role: fmc.Worker, Number: dev.Number, Lines: lines, For: deviceRing}}
	}
	for i := range tries {
		t := &tries[i]
		t.Confirm, t.Text = t.Confirm || t.Account == "", ""
		if t.Whisper = ""; t.Confirm {
			t.Whisper = WhisperCalledBack
		}
	}
	return tries
}

// askedFrom is the person's mobile that the call, or the wish for one, came from.
func (d *decision) askedFrom(e *fmc.Employee) (*fmc.Device, bool) {
	for i := range e.Devices {
		if dev := &e.Devices[i]; dev.Kind == fmc.Mobile && dev.Number.E164 != "" && dev.Number.Same(d.q.From) {
			return dev, true
		}
	}
	return nil, false
}

// wanted is what a person wants to be connected with once they are there; "" where they are asked.
func (d *decision) wanted() string {
	switch {
	case d.q.Query.Digits != "":
		return d.q.Query.Digits
	case d.q.Dialled != "":
		return d.q.Dialled
	default:
		return d.q.To.String()
	}
}

// notAnswered ends a call whose person was not reached: they are called once more, and then the company is told.
func (d *decision) notAnswered(e *fmc.Employee, m cause.Meaning, format string, args ...any) {
	c := cause.Because(m, format, args...)
	d.w.note("call back", string(e.ID), c.Text, nil)
	end := Node{Do: End, Cause: &c}
	if d.q.Query.Round == 0 {
		end.Then = &Then{Employee: e.ID, Digits: d.wanted(), After: retryAfter, Round: 1, Busy: d.q.Query.Busy}
	} else {
		d.alert(alertCallBack, e.ID, d.q.From.E164)
	}
	d.add(end)
}
