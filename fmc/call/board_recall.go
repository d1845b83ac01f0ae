package call

import (
	"roadline/callerid"
	"roadline/fmc"
)

// What the board takes from records of calls before this start.

// alertLocked is the kind of the alert that a PIN was locked: fmc.Alert.
const alertLocked = "pin_locked"

// recall takes who talked with whom, and who is idle since when.
func (b *board) recall(r fmc.Record) {
	if r.Times.Answered == 0 || r.Who.Employee == "" {
		return
	}
	end := r.Opened.Began.Add(r.Times.Ended)
	if end.After(b.idle[r.Who.Employee]) {
		b.idle[r.Who.Employee] = end
	}
	client := r.Who.Client.E164
	if client == "" || r.Opened.Direction == fmc.Internal {
		return
	}
	if end.After(b.last[client].at) {
		b.remember(client, talked{r.Who.Employee, end}, end)
	}
	if p := b.person(r.Who.Employee); end.After(p.withAt) {
		p.with, p.withAt = client, end
	}
}

// recallSpent takes what a call cost whoever called outside. What the board itself saw is counted already.
func (b *board) recallSpent(r fmc.Record, company *fmc.Company) {
	who := r.Opened.Employee
	if who == "" || r.Opened.Direction != fmc.Outbound || r.Opened.Private || b.counted[r.ID] {
		return
	}
	if len(r.Recognised) > 0 && r.Who.Client.E164 != "" {
		b.person(who).ever = true
	}
	for _, l := range r.Legs {
		if l.Offered || l.Role != fmc.Client {
			continue
		}
		far := abroad(callerid.Received(l.Number.E164, company.Profile.Country), company)
		b.spends(who, r.Opened.Began, func(s fmc.Spent) fmc.Spent {
			s.Calls++
			if l.Up > 0 {
				s = plus(s, l.Gone-l.Up, far)
			}
			return s
		})
	}
}

// recallProofs takes how people proved who they are, and which PINs were locked.
func (b *board) recallProofs(r fmc.Record, company *fmc.Company) {
	for _, x := range r.Recognised {
		if p := b.person(x.Employee); (x.By == fmc.ByPIN || x.By == fmc.ByCallBack) && r.Opened.Began.After(p.proved) {
			p.proved = r.Opened.Began
		}
	}
	lock := company.Rules.Through.Lock
	if lock <= 0 {
		lock = pinLock
	}
	for _, a := range r.Alerts {
		if a.Kind == alertLocked {
			b.guesses.lock(fmc.PINTry{Employee: a.Employee, From: r.Opened.From}, r.Opened.Began.Add(r.Times.Ended+lock))
		}
	}
}
