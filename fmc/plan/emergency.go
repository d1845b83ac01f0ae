package plan

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	emergencyRing = 5 * time.Minute // a switchboard that is overrun answers late
	emergencyTalk = 24 * time.Hour
)

// dialsEmergency reports whether a phone of the company dialled an emergency number.
func (d *decision) dialsEmergency() bool {
	return d.q.To.Kind == callerid.Emergency || d.q.Dialled != "" && callerid.IsEmergency(d.q.Dialled, d.c.Profile.Country)
}

// emergency serves a call to an emergency number: invariant 9. From a fixed phone it goes at once by the trunk that the
// company names for the phone's site, whatever else the company's rules say; nothing is played, nothing is recorded, no
// limit is asked. From anything else the caller is told to dial directly: only there is it known where they are.
func (d *decision) emergency() {
	d.policy = Policy{NoKeys: true, Why: "an emergency call is not recorded: nothing may delay it"}
	to := d.q.To
	if to.Kind != callerid.Emergency {
		to = callerid.Received(d.q.Dialled, d.c.Profile.Country)
	}
	route, no := d.emergencyRoute(to)
	if no != nil {
		no.alert = alertEmergency
		d.refuseAloud(*no)
		return
	}
	at := d.add(Node{Do: Ring, For: emergencyRing, Tries: []Try{{
		Device: fmc.Outside, Role: fmc.Client, Number: to, Lines: d.emergencyLines(route), For: emergencyRing,
	}}})
	talk := d.add(Node{Do: Talk, For: emergencyTalk})
	d.on(at, talk, Won)
	d.leadTo(tailHangUp, talk, Done)
	d.on(at, d.here(), failures...)
	d.tell(*refused(cause.Congested, SayEmergency, "emergency", to.Code(), "trunk %s did not carry the call: dial it directly on a mobile", route.Trunk))
}

// emergencyRoute is where an emergency call of this phone goes, or why it goes nowhere.
func (d *decision) emergencyRoute(to callerid.Number) (fmc.EmergencyRoute, *refusal) {
	e, dev, ok := d.c.Account(d.q.Account)
	if !ok || dev.Kind != fmc.SIPPhone || !dev.Fixed {
		return fmc.EmergencyRoute{}, refused(cause.Refused, SayEmergency, "emergency", to.Code(),
			"an emergency number is called only from a fixed phone, whose place is known: dial it directly on a mobile")
	}
	site, ok := d.c.Site(dev.Site)
	if !ok || site.Emergency.Trunk == "" {
		return fmc.EmergencyRoute{}, refused(cause.Refused, SayEmergency, "emergency", to.Code(),
			"the company names no trunk for emergency calls from site %q: dial the number directly on a mobile", dev.Site)
	}
	d.because("emergency", to.Code(), "%s calls from %s, a fixed phone at %s: by trunk %s, ahead of every rule", e.ID, dev.ID, site.ID, site.Emergency.Trunk)
	return site.Emergency, nil
}

// emergencyLines is the lines of the site's trunk, also where they are said not to be ready: it is tried all the same.
func (d *decision) emergencyLines(route fmc.EmergencyRoute) []Candidate {
	line := fmc.LineState{ID: fmc.LineID("trunk:" + string(route.Trunk)), Kind: fmc.TrunkLine, Trunk: route.Trunk}
	for _, l := range d.w.Lines(fmc.Outside) {
		if l.Kind == fmc.TrunkLine && l.Trunk == route.Trunk && (!line.Ready || l.Ready && l.ID < line.ID) {
			line = l
		}
	}
	shown, err := callerid.Show(callerid.Wish{Number: route.Number}, d.owned(), line.Form, d.now)
	if err != nil {
		shown = callerid.Anonymous(err.Error())
		d.because("caller id", string(line.ID), "the call goes without a number: %v", err)
	}
	return []Candidate{{Line: line.ID, Kind: line.Kind, Trunk: line.Trunk, Shown: shown, Why: "the site's trunk for emergency calls"}}
}
