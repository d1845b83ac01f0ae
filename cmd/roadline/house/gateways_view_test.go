package house

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/gateway"
)

// paperBox is a driver whose lines the test tells of.
type paperBox []*gateway.Line

func (b paperBox) Run(context.Context) error { return nil }
func (b paperBox) Lines() []*gateway.Line    { return b }

func TestAGatewaySpeaksSinceTheFirstOfTheLinesThatItTellsOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	vendor := gateway.Vendor{Name: "goip", Quirks: []string{"odd"}, Clear: "passwords travel readable"}
	var lines paperBox
	for _, id := range []string{"goip1", "goip2"} {
		lines = append(lines, gateway.NewLine(id, vendor, nil, func() time.Time { return now }))
	}
	g := box{
		Gateway: configs.Gateway{Name: "office", Vendor: "goip", Listen: "192.0.2.10:44444", Lines: []configs.GatewayLine{{ID: "goip1"}, {ID: "goip2"}}},
		vendor:  vendor, driver: lines,
	}
	ours := map[string]fmc.ModemView{"gw:office:goip2": {Name: "gw:office:goip2", State: "ready"}, "usb-1.2": {Name: "usb-1.2"}}
	v := g.view(ours)
	if !v.Since.IsZero() || v.Why == "" || v.Address != "192.0.2.10:44444" || len(v.Quirks) != 1 || v.Clear == "" {
		t.Errorf("before its first word it is %+v", v)
	}
	if len(v.Lines) != 1 || v.Lines[0].Name != "gw:office:goip2" {
		t.Errorf("its lines are %+v", v.Lines)
	}
	lines[1].Is(gateway.State{})
	began := now
	for range 2 {
		now = now.Add(time.Minute)
		lines[0].Is(gateway.State{})
	}
	if v := g.view(ours); !v.Since.Equal(began) || v.Why != "" {
		t.Errorf("it speaks since %v: %q", v.Since, v.Why)
	}
	lines[1].Lost(cause.Errorf(cause.Unavailable, "it is silent"))
	if v := g.view(ours); !v.Since.Equal(began.Add(time.Minute)) || v.Why != "" {
		t.Errorf("with one line it speaks since %v: %q", v.Since, v.Why)
	}
	lines[0].Lost(cause.Errorf(cause.Unavailable, "it is silent"))
	if v := g.view(nil); !v.Since.IsZero() || v.Why != "it is silent" || len(v.Lines) != 0 {
		t.Errorf("a box that is silent is %+v", v)
	}
}

// deafBox is a driver that cannot listen.
type deafBox struct{ paperBox }

var errDeaf = cause.Errorf(cause.Unavailable, "the address is taken")

func (deafBox) Run(context.Context) error { return errDeaf }

func TestAGatewayThatIsNotServedSaysWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := gateway.NewLine("goip1", gateway.Vendor{}, nil, time.Now)
		ctx, stop := context.WithCancel(t.Context())
		b := &boxes{h: &House{log: slog.New(slog.DiscardHandler)}, all: []box{{driver: deafBox{paperBox{line}}}}}
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		synctest.Wait()
		if _, err := line.State(); !errors.Is(err, errDeaf) {
			t.Errorf("its line says %v", err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
