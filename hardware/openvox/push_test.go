package openvox_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
	"roadline/hardware/modem"
	"roadline/hardware/openvox"
)

const patience = 20 * time.Second

func options(t *testing.T, address string) gateway.Options {
	t.Helper()
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	check(t, err)
	return gateway.Options{
		Name: "box", Address: address, User: "admin", Secret: "the-secret", Lines: []gateway.Port{{ID: "gsm-1.1"}}, Book: book,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Timing: gateway.Timing{Answer: patience, Poll: 20 * time.Millisecond},
	}
}

// served is the line of a box that runs, with where it may push to.
func served(t *testing.T, spoil func(*gateway.Options)) (m *gateway.Module, push string) {
	t.Helper()
	net, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: 0.02})
	check(t, err)
	gatewaytest.Live(t, net.Run)
	box, err := gwsim.NewOpenVox(gwsim.Options{
		Net: net, Cards: []*gsmsim.Card{gsmsim.NewCard(1)}, Listen: "127.0.0.1:0", User: "admin", Secret: "the-secret", Now: time.Now,
	})
	check(t, err)
	gatewaytest.Live(t, box.Run)
	o := options(t, box.Address())
	o.Listen = freeAddress(t)
	spoil(&o)
	g := gatewaytest.Drive(t, openvox.Vendor(), o)
	gatewaytest.Until(t, "the line is in the network", func() bool {
		if m == nil {
			if m, err = gateway.Open(g.Lines()[0], nil, slog.New(slog.DiscardHandler)); err != nil {
				m = nil
				return false
			}
		}
		r, err := m.Radio(t.Context())
		return err == nil && r.Voice
	})
	t.Cleanup(func() { check(t, m.Close()) })
	return m, "http://" + o.Listen + "/sms"
}

func TestOnlyWhatTheBoxPushesOfItsPortsIsTaken(t *testing.T) {
	m, push := served(t, func(*gateway.Options) {})
	for _, row := range []struct {
		query string
		want  int
	}{
		{"?num=1&port=9&message=no+such+port", http.StatusNotFound},
		{"?port=1&message=nobody", http.StatusBadRequest},
		{"?num=%zz", http.StatusBadRequest},
		{"?num=1&port=1&message=" + strings.Repeat("x", 1<<17), http.StatusRequestHeaderFieldsTooLarge},
		{"?num=10086&port=1&message=ours&status=success", http.StatusOK}, // of a text that does not go
		{"?num=10086&portname=gsm-1.1&message=by+name&time=2024-11-20+14:20:29&imsi=250999999999999", http.StatusOK},
		{"?num=10086&port=1&message=by+number&time=never", http.StatusOK},
	} {
		if got := get(t, push+row.query); got != row.want {
			t.Errorf("%.60s: %d", row.query, got)
		}
	}
	for _, want := range []string{"by name", "by number"} {
		came := next(t, m)
		if came.Text != want || came.From != "10086" || came.Sent.IsZero() != (want == "by number") {
			t.Errorf("there came %+v", came)
		}
		if left := came.IMSI == "250999999999999"; left != (want == "by name") || left && came.Card != "" {
			t.Errorf("%s is of the card %+v", want, came.Of)
		}
	}
}

// Also where the box is known by a name.
func TestAPushFromAnotherHostIsRefused(t *testing.T) {
	m, push := served(t, func(o *gateway.Options) { o.Address = strings.Replace(o.Address, "127.0.0.1", "localhost", 1) })
	if got := getFrom(t, "127.0.0.2", push+"?num=10086&port=1&message=a+lie"); got != http.StatusForbidden {
		t.Errorf("a stranger is answered %d", got)
	}
	if got := getFrom(t, "127.0.0.1", push+"?num=10086&port=1&message=true"); got != http.StatusOK {
		t.Errorf("the box is answered %d", got)
	}
	if came := next(t, m); came.Text != "true" {
		t.Errorf("there came %+v", came)
	}
}

// The password stands in the address of an order: no error may show it.
func TestAnErrorDoesNotShowThePassword(t *testing.T) {
	var asked atomic.Int32
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(cut.Close)
	m, _ := served(t, func(o *gateway.Options) { // the pages are another's
		_, ami, _ := strings.Cut(o.Address, "?")
		o.Address = cut.URL + "?" + ami
	})
	_, err := m.SendText(t.Context(), "10086", "Hello")
	if !modem.Uncertain(err) || strings.Contains(err.Error(), "the-secret") || strings.Contains(err.Error(), "Hello") {
		t.Errorf("an order that is cut: %v", err)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("it was given %d times", n)
	}
}

func TestARefusalToSendIsCertain(t *testing.T) {
	refuse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refuse.Close)
	m, _ := served(t, func(o *gateway.Options) {
		_, ami, _ := strings.Cut(o.Address, "?")
		o.Address = refuse.URL + "?" + ami
	})
	if _, err := m.SendText(t.Context(), "10086", "Hello"); cause.KindOf(err) != cause.Denied || modem.Uncertain(err) {
		t.Errorf("a refusal: %v", err)
	}
}

func TestWhatAnOpenVoxNeedsIsSaid(t *testing.T) {
	if _, err := openvox.Vendor().Open(options(t, "http://192.0.2.7?ami=5039")); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for name, spoil := range map[string]func(*gateway.Options){
		"no user":            func(o *gateway.Options) { o.User = "" },
		"no password":        func(o *gateway.Options) { o.Secret = "" },
		"no lines":           func(o *gateway.Options) { o.Lines = nil },
		"no scheme":          func(o *gateway.Options) { o.Address = "192.0.2.7" },
		"another scheme":     func(o *gateway.Options) { o.Address = "ftp://192.0.2.7" },
		"a path":             func(o *gateway.Options) { o.Address = "http://192.0.2.7/sendsms" },
		"a user in it":       func(o *gateway.Options) { o.Address = "http://u:p@192.0.2.7" },
		"a port 0":           func(o *gateway.Options) { o.Lines = []gateway.Port{{ID: "gsm-1.0"}} },
		"no port at all":     func(o *gateway.Options) { o.Lines = []gateway.Port{{ID: "gsm"}} },
		"half a certificate": func(o *gateway.Options) { o.Certificate = "abcd" },
	} {
		o := options(t, "http://192.0.2.7")
		spoil(&o)
		if _, err := openvox.Vendor().Open(o); cause.KindOf(err) != cause.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	check(t, at.Close())
	return at.Addr().String()
}

func get(t *testing.T, address string) int {
	t.Helper()
	return getFrom(t, "127.0.0.1", address)
}

// getFrom gets from a local address of ours.
func getFrom(t *testing.T, local, address string) int {
	t.Helper()
	way := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}).DialContext}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	check(t, err)
	req.Close = true
	res, err := (&http.Client{Transport: way}).Do(req)
	check(t, err)
	_, _ = io.Copy(io.Discard, res.Body)
	check(t, res.Body.Close())
	return res.StatusCode
}

// next is the next text that came.
func next(t *testing.T, m *gateway.Module) modem.TextCame {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case ev := <-m.Events():
			if came, is := ev.(modem.TextCame); is {
				return came
			}
		case <-late:
			t.Fatal("no text came")
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
