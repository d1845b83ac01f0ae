package dinstar

import (
	"encoding/json"
	"net/http"
)

// push is what a box says by itself: any of these. What it says of calls we know better.
type push struct {
	Serial  string             `json:"sn"`
	SMS     records[incoming]  `json:"sms"`
	Results records[result]    `json:"sms_result"`
	Reports records[delivery]  `json:"sms_deliver_status"`
	USSD    records[ussdReply] `json:"ussd"`
	Device  *struct {
		Status string `json:"status"`
	} `json:"device"`
}

// hear takes one push. The box says it once and wants a quick answer; what it loses is asked for. It must have
// the serial number that the box said before.
func (d *driver) hear(w http.ResponseWriter, r *http.Request) {
	var p push
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostAnswer)).Decode(&p); err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	early, known := d.last.IsZero(), d.serial == "" || p.Serial == d.serial
	d.mu.Unlock()
	switch {
	case early: // what it says is asked for once the box itself has said its serial number
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	case !known:
		http.Error(w, "unknown sender", http.StatusForbidden)
		return
	}
	select {
	case d.pushed <- p:
	default: // it is asked for soon
	}
}

// take passes on what was pushed.
func (d *driver) take(p push) {
	d.odd(p.SMS.odd + p.Results.odd + p.Reports.odd + p.USSD.odd)
	for _, m := range p.SMS.all {
		d.came(m)
	}
	for _, r := range p.Results.all {
		if l := d.line(r.Port); l != nil {
			l.results.tell(r)
		}
	}
	for _, r := range p.Reports.all {
		d.delivered(r)
	}
	for _, u := range p.USSD.all {
		if l := d.line(u.Port); l != nil {
			select {
			case l.replies <- u.Text:
			default:
			}
		}
	}
	if p.Device != nil && p.Device.Status == "power_on" {
		d.inbox.anew()
	}
}
