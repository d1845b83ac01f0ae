package sipcore

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// zone is a DNS with a few names; a hand-written fake, since no test may depend on a real one.
type zone struct {
	srv   map[string][]*net.SRV // "udp host"
	ips   map[string][]string
	asked int
	down  bool
}

func (z *zone) LookupSRV(_ context.Context, _, proto, name string) (string, []*net.SRV, error) {
	z.asked++
	if r, ok := z.srv[proto+" "+name]; ok && !z.down {
		return "", r, nil
	}
	return "", nil, errors.New("no such host")
}

func (z *zone) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	z.asked++
	var out []netip.Addr
	for _, s := range z.ips[host] {
		out = append(out, netip.MustParseAddr(s))
	}
	if len(out) == 0 || z.down {
		return nil, errors.New("no such host")
	}
	return out, nil
}

func newZone() *zone {
	return &zone{
		srv: map[string][]*net.SRV{
			"udp carrier.example":  {{Target: "a.carrier.example.", Port: 5070}, {Target: "gone.example.", Port: 1}, {Target: "b.carrier.example.", Port: 5080}},
			"tcp carrier.example":  {{Target: "a.carrier.example.", Port: 5071}},
			"tcp tcponly.example":  {{Target: "b.carrier.example.", Port: 5072}},
			"udp nowhere.example.": {},
		},
		ips: map[string][]string{
			"a.carrier.example": {"2001:db8::1", "192.0.2.1"}, "b.carrier.example": {"192.0.2.2"},
			"plain.example": {"192.0.2.3", "192.0.2.4"},
		},
	}
}

func uri(t *testing.T, s string) *sip.Uri {
	t.Helper()
	var u sip.Uri
	if err := sip.ParseUri(s, &u); err != nil {
		t.Fatal(err)
	}
	return &u
}

func TestURIsLeadToTheirAddresses(t *testing.T) {
	for _, row := range []struct {
		uri  string
		want []string
	}{
		{"sip:x@192.0.2.9", []string{"UDP 192.0.2.9:5060"}},
		{"sip:x@192.0.2.9:5070;transport=tcp", []string{"TCP 192.0.2.9:5070"}},
		{"sip:x@[2001:db8::9]:5070", []string{"UDP [2001:db8::9]:5070"}},
		{"sip:x@plain.example", []string{"UDP 192.0.2.3:5060", "UDP 192.0.2.4:5060"}},
		{"sip:x@plain.example:5070;transport=TCP", []string{"TCP 192.0.2.3:5070", "TCP 192.0.2.4:5070"}},
		{"sip:x@carrier.example", []string{"UDP 192.0.2.1:5070", "UDP [2001:db8::1]:5070", "UDP 192.0.2.2:5080"}},
		{"sip:x@carrier.example;transport=tcp", []string{"TCP 192.0.2.1:5071", "TCP [2001:db8::1]:5071"}},
		{"sip:x@tcponly.example", []string{"TCP 192.0.2.2:5072"}},
		{"sip:x@a.carrier.example:5060", []string{"UDP 192.0.2.1:5060", "UDP [2001:db8::1]:5060"}},
	} {
		a, err := New(Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		a.resolver.dns = newZone()
		flows, err := a.resolve(t.Context(), uri(t, row.uri))
		var got []string
		for _, f := range flows {
			got = append(got, f.Transport+" "+f.Remote)
		}
		if err != nil || !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, %v, want %q", row.uri, got, err, row.want)
		}
	}
}

func TestNameServerThatIsAwayStopsNoCalls(t *testing.T) {
	z, c := newZone(), newClock()
	a, err := New(Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	a.resolver.dns = z
	if _, err := a.resolve(t.Context(), uri(t, "sip:x@carrier.example")); err != nil {
		t.Fatal(err)
	}
	asked := z.asked
	if _, err := a.resolve(t.Context(), uri(t, "sip:y@carrier.example")); err != nil || z.asked != asked {
		t.Fatalf("asked again within %v", resolveKeep)
	}
	c.pass(time.Hour)
	z.down = true
	if flows, err := a.resolve(t.Context(), uri(t, "sip:x@carrier.example")); err != nil || len(flows) != 3 {
		t.Fatal(flows, err)
	}
	for _, u := range []string{"sip:x@unknown.example", "sips:x@plain.example", "sip:x@plain.example;transport=ws"} {
		if flows, err := a.resolve(t.Context(), uri(t, u)); err == nil {
			t.Fatal(u, flows)
		}
	}
}
