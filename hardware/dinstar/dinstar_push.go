package dinstar

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"roadline/fmc/cause"
)

// push is what a box says by itself: any of these. What it says of calls we know better.
type push struct {
	Serial   string      `json:"sn"`
	SMS      []incoming  `json:"sms"`
	Results  []result    `json:"sms_result"`
	Reports  []delivery  `json:"sms_deliver_status"`
	USSD     []ussdReply `json:"ussd"`
	Register []struct {
		Port int `json:"port"`
	} `json:"register"`
	Device *struct {
		Status string `json:"status"`
	} `json:"device"`
}

// listen serves the address that the box pushes to.
func (d *driver) listen(ctx context.Context, live *sync.WaitGroup) error {
	at, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.o.Listen)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "gateway %s: %w", d.o.Name, err)
	}
	d.sender.Ask(ctx)
	server := &http.Server{Handler: http.HandlerFunc(d.hear), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	live.Go(func() {
		if err := server.Serve(at); err != nil && !errors.Is(err, http.ErrServerClosed) {
			d.log.Error("pushes are not heard any more", "err", err)
		}
	})
	live.Go(func() {
		<-ctx.Done()
		if err := server.Close(); err != nil {
			d.log.Debug("server of pushes closed", "err", err)
		}
	})
	return nil
}

// hear takes one push. The box says it once and wants a quick answer; what it loses is asked for. Only the box itself is
// believed: by its address, and by its serial number, which it must have said before.
func (d *driver) hear(w http.ResponseWriter, r *http.Request) {
	if !d.sender.Speaks(r.Context(), r.RemoteAddr) {
		http.Error(w, "unknown sender", http.StatusForbidden)
		return
	}
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
	for _, m := range p.SMS {
		d.came(m)
	}
	for _, r := range p.Results {
		if l := d.line(r.Port); l != nil {
			l.results.tell(r)
		}
	}
	for _, r := range p.Reports {
		d.delivered(r)
	}
	for _, u := range p.USSD {
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
