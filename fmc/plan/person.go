package plan

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	deviceRing  = 25 * time.Second // where the ringing order says nothing
	mobileAfter = 6 * time.Second  // a mobile's head start for the desk, where there is no order
	postDial    = 12 * time.Second // FLOWS E0: a device may take so long to alert, and its time counts from then
)

// askedPerson answers a call that asks for a person in its middle.
func (d *decision) askedPerson() {
	e, ok := d.c.Employee(d.q.Query.Employee)
	if !ok || e.ID == "" {
		d.missing(fmc.Action{Employee: d.q.Query.Employee})
		return
	}
	d.person(e)
}

// person rings one person, with a branch of its own for busy, no answer, unreachable and off hours.
func (d *decision) person(e *fmc.Employee) {
	d.setPolicy("")
	d.announce(d.policy.Record)
	id := string(e.ID)
	var tries []Try
	switch {
	case d.asks(e):
		d.refuseKeyed(refused(cause.Busy, "", "extension", e.Extension, "%s is the extension of who calls", e.Extension), SayBusy)
		return
	case !d.c.OpenAt(e.Hours, d.now):
		d.because("hours", id, "%s is not on shift: it is outside %s", id, e.Hours)
		d.away(e, MailOffHours, cause.Because(cause.Unreachable, "%s is not on shift now", e.Name))
		return
	case slices.Contains(d.q.So.Passed, e.ID):
		d.because("person", id, "%s declined this call", id)
		d.away(e, MailBusy, cause.Of(cause.Declined))
		return
	case d.undisturbed(e):
		d.away(e, MailUndisturbed, cause.Because(cause.Busy, "%s does not wish to be disturbed", e.Name))
		return
	case d.w.Busy(e.ID):
		d.away(e, MailBusy, cause.Of(cause.Busy))
		return
	default:
		if tries = d.reach(e, ""); len(tries) == 0 {
			d.away(e, MailUnreachable, cause.Of(cause.Unreachable))
			return
		}
	}
	d.ringPerson(e, tries)
}

func (d *decision) ringPerson(e *fmc.Employee, tries []Try) {
	at := d.add(Node{Do: Ring, Tries: tries, For: ringTime(tries), Person: e.ID})
	d.on(at, d.here(), Won)
	if d.hold > 0 {
		d.holdUnanswered(at)
	}
	d.talk(0, d.rescueQuery(""))
	d.on(at, d.here(), NoAnswer, TimedOut)
	d.elsewhere(e, MailNoAnswer, cause.Of(cause.NoAnswer))
	d.on(at, d.here(), Busy, TurnedDown)
	d.elsewhere(e, MailBusy, cause.Of(cause.Busy))
	d.on(at, d.here(), Unreachable, Congested)
	d.elsewhere(e, MailUnreachable, cause.Of(cause.Unreachable))
	d.on(at, d.here(), ToVoicemail)
	d.mail(MailNoAnswer, "", e.ID)
}

// holdUnanswered has a Ring end before the caller's network gives up, and who calls hear the notice once they are
// answered: invariant 4. Who took the call hears it too, and so knows what they wait for.
func (d *decision) holdUnanswered(ring int) {
	n := &d.nodes[ring]
	n.For, n.Answer = min(n.For, d.hold), true
	if d.policy.Record {
		d.add(Node{Do: Say, Say: d.policy.Notice, To: ToAll, Notice: true})
		d.because("notice", "", "the call is recorded, so that the client hears the notice when the call was taken, before they talk")
	}
}

// away serves a call for a person who cannot be rung.
func (d *decision) away(e *fmc.Employee, greeting fmc.PromptID, why cause.Cause) {
	d.w.note("person", string(e.ID), why.Text, nil)
	d.elsewhere(e, greeting, why)
}

// elsewhere is the branch of a call that a person did not take: a client leaves a message, and so does a colleague where
// the person reads them; else the colleague's phone is told. A colleague at the dial tone is told and asked.
func (d *decision) elsewhere(e *fmc.Employee, greeting fmc.PromptID, why cause.Cause) {
	switch {
	case d.dials:
		d.offer(e, greeting)
	case d.client || !e.Voicemail.IsZero():
		d.mail(greeting, "", e.ID)
	default:
		d.end(&why)
	}
}

// offer tells a colleague why a person does not take the call, and offers them the person's voicemail or, where the person
// has a group, the next of it: FLOWS E3.
func (d *decision) offer(e *fmc.Employee, greeting fmc.PromptID) {
	at := d.add(Node{Do: Gather, Say: compose(whyAway(greeting), SayOffer), For: menuTimeout, Keys: map[string]int{"1": d.here() + 1}})
	d.mail(greeting, "", e.ID)
	for _, g := range e.Groups {
		if _, ok := d.c.Group(g); ok && g != "" {
			d.nodes[at].Say = compose(whyAway(greeting), SayOfferNext)
			d.nodes[at].Keys["2"] = d.here()
			d.askAfresh(Query{What: AskGroup, Group: g})
			break
		}
	}
	d.leadTo(tailOver, at, TimedOut, Done)
}

// whyAway is what a colleague hears for what a client hears before leaving a message.
func whyAway(greeting fmc.PromptID) fmc.PromptID {
	switch greeting {
	case MailOffHours:
		return SayOffDuty
	case MailBusy:
		return SayBusy
	case MailNoAnswer:
		return SayNoAnswer
	case MailUndisturbed:
		return SayUndisturbed
	}
	return SayAway
}

// refuseKeyed refuses what was keyed: at the dial tone another number may be keyed.
func (d *decision) refuseKeyed(no *refusal, say fmc.PromptID) {
	if d.dials {
		no.say = say
		d.keyAgain(no)
		return
	}
	d.refuseAloud(*no)
}

// ringTime is how long a Ring may last so that each of its devices rings as long as it should.
func ringTime(tries []Try) time.Duration {
	var longest time.Duration
	for _, t := range tries {
		longest = max(longest, t.After+t.For)
	}
	return longest + postDial
}

// reach is how a person is rung, since the person's turn comes: the devices of the ringing order that a line reaches
// now. A device that waits for another that cannot ring does not wait.
func (d *decision) reach(e *fmc.Employee, group fmc.GroupID) []Try {
	steps := e.Ring
	if len(steps) == 0 {
		steps = usualOrder(e)
	}
	tries := make([]Try, 0, len(steps))
	for _, s := range steps {
		dev, ok := e.Device(s.Device)
		if !ok {
			continue
		}
		if d.client && d.q.Direction == fmc.Inbound && dev.Kind == fmc.Mobile && dev.Number.Same(d.q.From) {
			d.because("device", string(dev.ID), "%s is not rung: the call comes from it", dev.ID)
			continue
		}
		if dev.Kind == fmc.SIPPhone && d.silenced(e) {
			d.because("device", string(dev.ID), "%s is not rung: %s wishes to be rung on the mobile only", dev.ID, e.ID)
			continue
		}
		t := Try{
			Device: s.Device, Employee: e.ID, Role: fmc.Worker, After: max(s.After, 0), For: s.For,
			Confirm: s.Confirm, Lines: d.linesTo(e, dev, group),
		}
		if len(t.Lines) == 0 {
			continue
		}
		if t.For <= 0 {
			t.For = deviceRing
		}
		if dev.Kind == fmc.Mobile {
			t.Number = dev.Number
		} else {
			t.Account = dev.Account
		}
		if t.Confirm {
			t.Whisper = d.whisper(group)
		}
		if dev.Kind == fmc.Mobile {
			t.Text = d.text(t.Lines, group)
		}
		tries = append(tries, t)
	}
	if len(tries) == 0 {
		d.because("device", string(e.ID), "no device of %s can be reached", e.ID)
		return nil
	}
	first := tries[0].After
	for _, t := range tries {
		first = min(first, t.After)
	}
	for i := range tries {
		tries[i].After -= first
	}
	return tries
}

// usualOrder is the ringing order of a person whose file gives none: phones at once, mobiles a little later and with
// confirmation, since a mobile's voicemail answers too.
func usualOrder(e *fmc.Employee) []fmc.RingStep {
	steps := make([]fmc.RingStep, 0, len(e.Devices))
	for _, dev := range e.Devices {
		switch dev.Kind {
		case fmc.SIPPhone:
			steps = append(steps, fmc.RingStep{Device: dev.ID, For: deviceRing})
		case fmc.Mobile:
			steps = append(steps, fmc.RingStep{Device: dev.ID, After: mobileAfter, For: deviceRing, Confirm: true})
		}
	}
	return steps
}

// whisper is what whoever must confirm hears: whom the call is for, which keys to press, and who calls. The keys come
// before the number: a number takes longer to read aloud than the confirmation lasts.
func (d *decision) whisper(group fmc.GroupID) fmc.PromptID {
	whom := WhisperCall
	if group != "" {
		whom = fmc.PromptID(prefixGroup + string(group))
	}
	if e, ok := d.colleague(); ok {
		return compose(whom, WhisperFrom, fmc.PromptID(prefixEmployee+string(e.ID)), WhisperConfirm)
	}
	who := spell(d.outsider())
	if who == "" {
		return compose(whom, WhisperConfirm)
	}
	return compose(whom, WhisperConfirm, WhisperFrom, who)
}

// outsider is the number of the contact's outside party. Of a call through, the number called is the company's own.
func (d *decision) outsider() callerid.Number {
	switch {
	case d.q.Direction != fmc.Outbound:
		return d.q.From
	case !d.q.So.Client.IsZero():
		return d.q.So.Client
	case d.q.CalledThrough():
		return callerid.Number{Kind: callerid.Hidden}
	}
	return d.q.To
}

// colleague is the person of the company whom somebody who is rung now will speak to; false where it is a client.
func (d *decision) colleague() (*fmc.Employee, bool) {
	if d.client || d.q.Query.What == AskMove && d.q.Direction != fmc.Internal {
		return nil, false
	}
	return d.by()
}

// asks reports whether a person is the one who calls, or who asks to be put through: they are not rung themselves.
func (d *decision) asks(e *fmc.Employee) bool {
	switch d.q.Query.What {
	case AskConsult, AskTransfer:
		by, ok := d.by()
		return ok && by.ID == e.ID
	case AskStart:
		return d.q.Account != "" && e.ID == d.q.Employee // who asked for a call is called
	default:
		return d.q.fromStaff() && !d.client && e.ID == d.q.Employee
	}
}

// caller is who the company's own phones show.
func (d *decision) caller() (callerid.Number, string) {
	e, ok := d.colleague()
	if !ok {
		return d.outsider(), ""
	}
	name := e.Name
	if d.q.Account == "" && e.ID == d.q.Employee {
		name += d.inWords(" (mobile)", " (мобильный)")
	}
	return callerid.Number{Raw: e.Extension, Kind: callerid.Short}, name
}
