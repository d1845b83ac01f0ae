package house

import (
	"context"
	"errors"
	"log/slog"
	"slices"
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

func TestACompanySeesTheGatewaysWithItsCardsAndOfTheirLinesItsOwn(t *testing.T) {
	t.Parallel()
	boxes := []box{
		{Gateway: configs.Gateway{Name: "office", Lines: []configs.GatewayLine{{ID: "1"}, {ID: "2"}, {ID: "3"}}}, driver: paperBox{}},
		{Gateway: configs.Gateway{Name: "shed", Lines: []configs.GatewayLine{{ID: "1"}}}, driver: paperBox{}},
	}
	modems := []fmc.ModemView{
		{Name: "gw:office:1", Company: "acme"}, {Name: "gw:office:2", Company: "beta"}, {Name: "gw:office:3"}, {Name: "gw:shed:1", Company: "beta"}, {Name: "usb-1.2", Company: "acme"},
	}
	for company, want := range map[fmc.CompanyID][]string{
		"acme": {"gw:office:1"}, "beta": {"gw:office:2", "gw:shed:1"}, "gamma": nil, "": {"gw:office:1", "gw:office:2", "gw:office:3", "gw:shed:1"},
	} {
		var got []string
		for _, g := range gatewaysOf(company, boxes, modems) {
			if len(g.Lines) == 0 {
				t.Errorf("%q is shown %s, which has none of its cards", company, g.Name)
			}
			for _, l := range g.Lines {
				got = append(got, l.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is shown %q, want %q", company, got, want)
		}
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
