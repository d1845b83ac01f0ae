package plan

import (
	"slices"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// What a talk may ask for: consultation, transfer, parking, moving, rescue, and taking a call from elsewhere. FLOWS E1
// row 9, E4, E5.

const (
	transferRing = 20 * time.Second // then the call comes back
	rescueRing   = 20 * time.Second
	recallRing   = 90 * time.Second
	parkFor      = 90 * time.Second
	mostRescues  = 5 // of one call
)

// by is the person whom a question in the middle of a call is about.
func (d *decision) by() (*fmc.Employee, bool) {
	switch {
	case d.q.Query.What == AskPerson: // the question names whom it is for
		return d.known(d.q.Employee, d.q.So.With)
	case d.q.fromStaff() && !d.client:
		return d.known(d.q.Query.Employee, d.q.Employee)
	}
	return d.known(d.q.Query.Employee, d.q.So.With, d.q.Employee)
}

// consult rings whom a person wants to speak to first. The person is the subject; whatever fails is said and leads back.
func (d *decision) consult() {
	by, ok := d.by()
	if !ok {
		d.refuse(cause.Refused, "consult", "", "nobody of the company is known to have asked for this")
		return
	}
	to, try, no := d.destination(by, d.q.Query.Digits)
	switch {
	case no != nil:
		d.refuseAloud(*no)
	case to.Do == fmc.JoinConference:
		d.refuseAloud(*refused(cause.Refused, SayNotAllowed, "consult", string(to.Conference), "a conference is nobody who could be consulted: the other party may be transferred there"))
	case to.Do == fmc.RingGroup:
		g, _ := d.c.Group(to.Group)
		d.consulted(d.ringsOf(g, d.present(g).free), g.ID, "")
	case to.Do == fmc.RingEmployee:
		e, _ := d.c.Employee(to.Employee)
		d.consulted(d.ringsAt(e), "", e.ID)
	default:
		ring := d.add(ringing(by.ID, try))
		if d.policy.Record {
			d.add(Node{Do: Say, Say: d.policy.Notice, To: ToAll, Notice: true})
		}
		d.talk(d.longest(), Query{})
		d.on(ring, d.here(), failures...)
		d.say(SayNoAnswer)
		d.end(nil)
	}
}

// consulted adds the ringing of those a person consults, the talk with who answers, and the way back.
func (d *decision) consulted(rings []ring, group fmc.GroupID, person fmc.EmployeeID) {
	if len(rings) == 0 {
		d.refuseAloud(*refused(cause.Busy, SayBusy, "consult", string(group)+string(person), "nobody who is asked for can be rung now"))
		return
	}
	first := d.here()
	for _, r := range rings {
		at := d.add(Node{Do: Ring, Tries: r.tries, For: r.lasts, Group: group, Person: person})
		d.on(at, d.here(), failures...)
	}
	last := d.here() - 1
	talk := d.talk(0, Query{})
	for i := first; i <= last; i++ {
		d.on(i, talk, Won)
		d.on(i, d.here(), ToVoicemail)
	}
	d.on(last, d.here(), failures...)
	d.say(SayNoAnswer)
	d.end(nil)
}

// ringsAt is how one person is rung for a transfer or a consultation; nothing where they cannot be.
func (d *decision) ringsAt(e *fmc.Employee) []ring {
	switch {
	case d.asks(e):
		d.because("person", string(e.ID), "%s is the one who asks", e.ID)
	case !d.c.OpenAt(e.Hours, d.now):
		d.because("hours", string(e.ID), "%s is not on shift: it is outside %s", e.ID, e.Hours)
	case d.undisturbed(e), d.w.Busy(e.ID):
	default:
		if tries := d.reach(e, ""); len(tries) > 0 {
			return []ring{{tries, min(ringTime(tries), transferRing+postDial)}}
		}
	}
	return nil
}

// transfer brings the other party to whom a person keyed; where nobody takes it, it comes back to the person.
func (d *decision) transfer() {
	by, ok := d.by()
	if !ok {
		d.refuse(cause.Refused, "transfer", "", "nobody of the company is known to have asked for this")
		return
	}
	to, try, no := d.destination(by, d.q.Query.Digits)
	switch {
	case no != nil:
		d.tellWhy(no)
		d.comeBack(by, transferRing)
	case to.Do == fmc.RingGroup, to.Do == fmc.JoinConference:
		d.take(to)
	case to.Do == fmc.RingEmployee:
		e, _ := d.c.Employee(to.Employee)
		d.transferTo(by, e)
	default:
		ring := d.here()
		d.connectOut(by, try)
		d.talk(d.longest(), Query{})
		d.on(ring, d.here(), failures...)
		d.comeBack(by, transferRing)
	}
}

func (d *decision) transferTo(by, e *fmc.Employee) {
	for _, r := range d.ringsAt(e) {
		at := d.add(Node{Do: Ring, Tries: r.tries, For: r.lasts, Person: e.ID})
		d.on(at, d.talk(0, d.rescueQuery(d.q.Query.Group)), Won)
		d.on(at, d.here(), ToVoicemail)
		d.mail(MailNoAnswer, "", e.ID)
		d.on(at, d.here(), failures...)
	}
	d.because("transfer", string(e.ID), "where %s does not take the call, it comes back to %s", e.ID, by.ID)
	d.comeBack(by, transferRing)
}

// comeBack rings a person for a party that was theirs; where they do not take it either, their group or voicemail does.
func (d *decision) comeBack(by *fmc.Employee, lasts time.Duration) {
	tries := d.reach(by, d.q.Query.Group)
	if len(tries) == 0 {
		d.because("person", string(by.ID), "%s cannot be rung", by.ID)
		d.abandoned(by)
		return
	}
	at := d.add(Node{Do: Ring, Tries: tries, For: lasts, Person: by.ID, Group: d.q.Query.Group})
	d.on(at, d.talk(0, d.rescueQuery(d.q.Query.Group)), Won)
	d.on(at, d.here(), failures...)
	d.on(at, d.here(), ToVoicemail)
	d.abandoned(by)
}

// abandoned serves a party whose person does not come back.
func (d *decision) abandoned(by *fmc.Employee) {
	for _, id := range append([]fmc.GroupID{d.q.Query.Group}, by.Groups...) {
		if g, ok := d.c.Group(id); ok && id != "" {
			d.because("overflow", string(by.ID), "where %s does not take the call, %s does", by.ID, g.ID)
			d.ask(Query{What: AskGroup, Group: g.ID})
			return
		}
	}
	d.away(by, MailNoAnswer, cause.Because(cause.NoAnswer, "where %s does not answer, nobody else takes the call", by.ID))
}

// rescueQuery is the question how to go on when a person is lost in speech; none where the call was rescued too often,
// or has no client.
func (d *decision) rescueQuery(group fmc.GroupID) Query {
	q := Query{What: AskRescue, Group: group}
	if d.q.Query.What == AskRescue {
		q.Round = d.q.Query.Round + 1
	}
	if q.Round >= mostRescues || d.q.Direction == fmc.Internal {
		return Query{}
	}
	return q
}

// rescue fetches a person back who was lost in speech, or somebody in their place.
func (d *decision) rescue() {
	by, ok := d.by()
	if !ok {
		d.refuse(cause.Lost, "rescue", "", "the person who was lost is not known")
		return
	}
	d.because("rescue", string(by.ID), "the call lost %s without a hang-up: they are rung again", by.ID)
	if d.client {
		d.say(SayReconnecting)
	}
	d.comeBack(by, rescueRing)
}

// park stands a party in a slot until somebody fetches it.
func (d *decision) park() {
	slot := d.q.Query.Slot
	if slot == "" {
		slot = fmc.SlotID(d.q.Query.Digits)
	}
	by, ok := d.by()
	if slot == "" && ok {
		slot = fmc.SlotID(by.Extension)
	}
	if slot == "" {
		slot = "1"
	}
	recall := Query{What: AskRecall, Slot: slot, Group: d.q.Query.Group}
	if ok {
		recall.Employee = by.ID
	}
	d.because("park", string(slot), "the party stands in slot %s for %s", slot, parkFor)
	at := d.add(Node{Do: Park, Slot: slot, Say: MusicDefault, For: parkFor})
	d.talk(0, d.rescueQuery(d.q.Query.Group))
	d.on(at, d.here(), TimedOut)
	d.askAfresh(recall)
}

// recall brings a party that nobody fetched back to who parked it.
func (d *decision) recall() {
	by, ok := d.by()
	if !ok {
		d.refuse(cause.NoAnswer, "park", string(d.q.Query.Slot), "nobody fetched the parked call, and who parked it is not known")
		return
	}
	d.because("park", string(d.q.Query.Slot), "nobody fetched the parked call: %s is rung", by.ID)
	d.comeBack(by, recallRing)
}

// move rings the person's other devices; who answers takes the old device's place.
func (d *decision) move() {
	by, ok := d.by()
	if !ok {
		d.refuse(cause.Refused, "move", "", "nobody of the company is known to have asked for this")
		return
	}
	if q := d.q.Query; !q.Leg.IsZero() && q.Employee == "" {
		d.takeOver(by, q.Leg)
		return
	}
	var tries []Try
	for _, t := range d.reach(by, d.q.Query.Group) {
		if t.Device != d.q.Query.Device {
			t.After = 0
			tries = append(tries, t)
		}
	}
	if len(tries) == 0 {
		d.refuse(cause.Unreachable, "move", string(by.ID), "%s has no other device that can be rung now", by.ID)
		return
	}
	d.add(Node{Do: Ring, Tries: tries, For: ringTime(tries), Person: by.ID})
	d.talk(0, Query{})
}

// takeOver has a phone that called for it take the place of one of the person's own legs: RFC 3891.
func (d *decision) takeOver(by *fmc.Employee, leg fmc.LegID) {
	if !slices.Contains(d.w.Talking(by.ID), leg) {
		d.refuse(cause.WrongNumber, "fetch", leg.String(), "%s talks in no call by that leg", by.ID)
		return
	}
	d.replace(by, leg)
}

// fetch takes a call from elsewhere.
func (d *decision) fetch() {
	q := d.q.Query
	if q.Slot == "" && q.What == AskRetrieve {
		q.Slot = fmc.SlotID(q.Digits)
	}
	d.fetchBy(q)
}

// fetchBy takes the first of the calls that is there.
func (d *decision) fetchBy(calls ...Query) {
	for i, q := range calls {
		if q.Leg.IsZero() && q.Slot == "" && q.Group == "" && q.Employee == "" {
			d.refuse(cause.WrongNumber, "fetch", "", "it is not said which call is to be fetched")
			return
		}
		d.because("fetch", q.about(), "the caller takes the call over")
		at := d.add(Node{Do: Give, Gift: fmc.Take, Whom: q.Leg, Query: Query{What: q.What, Slot: q.Slot, Group: q.Group, Employee: q.Employee}})
		d.leadTo(tailTaken, at, Done)
		if i == len(calls)-1 {
			d.leadTo(tailNothing, at, Unreachable, TimedOut)
			return
		}
		d.on(at, d.here(), Unreachable, TimedOut)
	}
}
