package cabinet_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/hook"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

// wire is a company with events, and an API that tells of them.
type wire struct {
	t     *testing.T
	store *store.Store
	news  *cabinet.News
	api   *cabinet.API
	stop  func()
}

func newWire(t *testing.T, dsn string) *wire {
	t.Helper()
	x := &wire{t: t, store: storetest.OpenAt(t, dsn)}
	for _, id := range []fmc.CompanyID{"acme", "beta"} {
		c := &fmc.Company{Profile: fmc.Profile{ID: id, Country: "RU", Zone: time.UTC}, Numbers: []fmc.Number{{Number: callerid.Number{E164: "+7495" + fmt.Sprint(len(id)) + string("0123456"[len(id)%7]) + "00000"}, Trunk: fmc.TrunkID(id)}}}
		if _, err := x.store.For(id).Apply(t.Context(), store.Change{Document: "x", Company: c, Author: "admin", Reason: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	x.news = cabinet.NewNews(x.store, nil, slog.New(slog.DiscardHandler))
	x.api = cabinet.New(cabinet.Options{Store: x.store, News: x.news, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.news.Run(ctx) }()
	x.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(x.stop)
	return x
}

func (x *wire) happens(all ...fmc.Event) {
	x.t.Helper()
	for i := range all {
		all[i].At = time.Now()
	}
	if err := x.store.For("acme").Raise(x.t.Context(), all...); err != nil {
		x.t.Fatal(err)
	}
}

// who are viewers of acme.
func who(id fmc.EmployeeID, roles ...access.Role) access.Viewer {
	return access.Viewer{Company: "acme", Employee: id, Roles: roles, Team: []fmc.EmployeeID{id}}
}

var boss = who("boris", access.Manager, access.Administrator, access.Operator)

// listener reads a stream of events.
type listener struct {
	t      *testing.T
	lines  *bufio.Scanner
	answer *http.Response
	cancel context.CancelFunc
}

// listens opens a stream as a viewer; last is Last-Event-ID.
func (x *wire) listens(v access.Viewer, types, last string) *listener {
	x.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := x.api.StreamEvents(w, r, v, cabinet.EventsAsked{Types: types, After: last}); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	ctx, cancel := context.WithCancel(x.t.Context())
	x.t.Cleanup(func() { cancel(); server.Close() })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	answer, err := server.Client().Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = answer.Body.Close() })
	return &listener{x.t, bufio.NewScanner(answer.Body), answer, cancel}
}

// next is the next event: its id, its name and its data.
func (l *listener) next() (id, name, data string) {
	l.t.Helper()
	for l.lines.Scan() {
		field, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			data = value
		case "":
			if name != "" {
				return id, name, data
			}
		}
	}
	l.t.Fatalf("the stream is over: %v", l.lines.Err())
	return "", "", ""
}

func trunkEvent(id fmc.TrunkID) fmc.Event {
	return fmc.Event{Type: fmc.EventTrunkState, Data: fmc.TrunkTold{Trunk: id, Ready: true}}
}

func TestAStreamTellsWhatHappensAndGoesOnWhereItWasCutOff(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	x.happens(trunkEvent("before"))
	l := x.listens(boss, "", "")
	if kind := l.answer.Header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" {
		t.Fatalf("%s", kind)
	}
	x.happens(trunkEvent("a"))
	id, name, data := l.next()
	if id != "3" || name != "trunk.state_changed" || !strings.HasPrefix(data, `{"n":3,"type":"trunk.state_changed","timestamp":"`) || !strings.HasSuffix(data, `"data":{"trunk":"a","ready":true}}`) {
		t.Fatalf("%s %s %s", id, name, data)
	}
	l.cancel()
	x.happens(trunkEvent("b"), trunkEvent("c"))
	again := x.listens(boss, "", id)
	for _, want := range []string{"4", "5"} {
		if got, _, _ := again.next(); got != want {
			t.Errorf("event %s, want %s", got, want)
		}
	}
	x.happens(trunkEvent("d"))
	if got, _, _ := again.next(); got != "6" {
		t.Errorf("event %s, want 6", got)
	}
}

// TestASlowReaderIsCutOffAndGoesOnWithoutALoss has a program read nothing until it is cut off, and then go on by the number
// of the last event that it read whole, as often as it takes.
func TestASlowReaderIsCutOffAndGoesOnWithoutALoss(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) { slowReader(t, proto == "HTTP/2.0") })
	}
}

func slowReader(t *testing.T, second bool) {
	x := newWire(t, storetest.DSN(t))
	var said bytes.Buffer
	hasty := cabinet.NewNews(x.store, nil, slog.New(slog.NewTextHandler(&said, nil)))
	hasty.Patience(50 * time.Millisecond)
	apis := map[string]*cabinet.API{"/patient": x.api, "/hasty": cabinet.New(cabinet.Options{Store: x.store, News: hasty, Now: time.Now, Log: slog.New(slog.DiscardHandler)})}
	const n, size, room = 60, 32 << 10, 64 << 10 // far more than there is room between server and reader
	for range n {
		x.happens(trunkEvent(fmc.TrunkID(strings.Repeat("a", size))))
	}
	ended := make(chan struct{}, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := apis[r.URL.Path].StreamEvents(w, r, boss, cabinet.EventsAsked{Types: "trunk.*", After: r.Header.Get("Last-Event-ID")}); err != nil {
			t.Error(err)
		}
		ended <- struct{}{}
	}))
	server.EnableHTTP2 = second
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if inner, ok := c.(*tls.Conn); ok {
			_ = inner.NetConn().(*net.TCPConn).SetWriteBuffer(room)
		}
		return ctx
	}
	server.StartTLS()
	defer server.Close()
	client := server.Client()
	through := client.Transport.(*http.Transport)
	through.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: room}
	through.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if plain, ok := c.(*net.TCPConn); ok {
			_ = plain.SetReadBuffer(room)
		}
		return c, err
	}
	read := func(path, after string) (last string, whole int) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		r.Header.Set("Last-Event-ID", after)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if path == "/hasty" {
			select {
			case <-ended:
			case <-time.After(time.Minute):
				t.Fatal("the reader is not cut off")
			}
		}
		id := ""
		for in := bufio.NewReader(answer.Body); last != fmt.Sprint(n+1); {
			line, err := in.ReadString('\n')
			if err != nil {
				break
			}
			if value, ok := strings.CutPrefix(line, "id: "); ok {
				id = strings.TrimSpace(value)
			}
			if line == "\n" && id != "" {
				last, whole, id = id, whole+1, ""
			}
		}
		return last, whole
	}
	last, first := read("/hasty", "1")
	if !strings.Contains(said.String(), "reader of events cut off") || first >= n {
		t.Fatalf("%d events were read, the log says %q", first, said.String())
	}
	if first == 0 {
		last = "1"
	}
	if end, more := read("/patient", last); end != fmt.Sprint(n+1) || first+more != n {
		t.Errorf("%d events, then %d up to %s, want %d", first, more, end, n)
	}
}

// deadlined is an answer that notes until when it may be written.
type deadlined struct {
	*httptest.ResponseRecorder
	until   time.Time
	flushed chan struct{}
}

func (d *deadlined) SetWriteDeadline(at time.Time) error { d.until = at; return nil }

func (d *deadlined) Flush() { d.flushed <- struct{}{} }

// HTTP/2 ends a stream at its deadline, though nothing is being written then.
func TestAStreamHasNoDeadlineWhileNothingHappens(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	w := &deadlined{httptest.NewRecorder(), time.Time{}, make(chan struct{}, 8)}
	done := make(chan error, 1)
	go func() {
		done <- x.api.StreamEvents(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), boss, cabinet.EventsAsked{})
	}()
	<-w.flushed
	x.stop()
	if err := <-done; err != nil || !w.until.IsZero() {
		t.Errorf("%v: it is to be written by %s", err, w.until)
	}
}

func TestAStreamEndsWhenTheNodeStops(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	l := x.listens(boss, "", "")
	x.stop()
	if rest, err := io.ReadAll(l.answer.Body); err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestNoEventIsLostOrToldTwiceThroughAnOutage reads a stream as a program does, reconnecting, while PostgreSQL is
// restarted.
func TestNoEventIsLostOrToldTwiceThroughAnOutage(t *testing.T) {
	server := storetest.NewServer(t)
	x := newWire(t, server.DSN())
	l := x.listens(boss, "trunk.*", "")
	for i := range 3 {
		x.happens(trunkEvent("a"), trunkEvent("b"))
		if i == 1 {
			server.Stop()
			server.Start()
		}
	}
	for want := 2; want <= 7; want++ {
		if id, _, _ := l.next(); id != fmt.Sprint(want) {
			t.Fatalf("event %s, want %d", id, want)
		}
	}
}

func TestEverybodyIsToldWhatTheirRightsReach(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	call := func(private bool, group fmc.GroupID, people ...fmc.EmployeeID) fmc.Event {
		return fmc.Event{Type: fmc.EventCallEnded, People: people, Group: group, Private: private, Data: fmc.CallTold{}}
	}
	x.happens(
		call(false, "sales", "anna"),                                      // 2
		call(false, "service", "boris"),                                   // 3
		call(true, "", "anna"),                                            // 4
		call(false, "", "boris", "anna"),                                  // 5
		fmc.Event{Type: fmc.EventSMSReceived, Data: fmc.MessageTold{}},    // 6
		fmc.Event{Type: fmc.EventAlertRaised, Data: fmc.AlertTold{}},      // 7
		fmc.Event{Type: fmc.EventCallMissed, Group: "sales"},              // 8
		fmc.Event{Type: fmc.EventType("call.invented"), Group: "service"}, // 9
	)
	head := who("ivan", access.Employee, access.Head)
	head.Heads, head.Groups, head.Team = []fmc.GroupID{"sales"}, []fmc.GroupID{"sales"}, []fmc.EmployeeID{"ivan", "anna"}
	sales := who("anna", access.Employee)
	sales.Groups = []fmc.GroupID{"sales"}
	for name, row := range map[string]struct {
		v    access.Viewer
		want []int64
	}{
		"employee":      {sales, []int64{2, 4, 5, 8}},
		"another":       {who("petr", access.Employee), nil},
		"head":          {head, []int64{2, 5, 8}},
		"manager":       {who("boris", access.Manager), []int64{2, 3, 5, 7, 8}},
		"operator":      {who("olga", access.Operator), []int64{2, 3, 5, 6, 7}},
		"administrator": {who("ada", access.Administrator), []int64{1, 7}},
		"marketer":      {who("maria", access.Marketer), nil},
		"accountant":    {who("gleb", access.Accountant), nil},
		"service":       {access.Viewer{Company: "acme", Token: &access.Token{Service: true, Rights: []access.Right{access.CallsRead}}}, []int64{2, 3, 5}},
		"nobody":        {access.Viewer{Company: "acme"}, nil},
	} {
		p, err := x.api.Events(t.Context(), row.v, cabinet.EventsAsked{Limit: 100})
		var got []int64
		for _, e := range p.Events {
			got = append(got, e.N)
		}
		if err != nil || !slices.Equal(got, row.want) || p.Next != 9 {
			t.Errorf("%s is told %v, want %v (%+v, %v)", name, got, row.want, p, err)
		}
	}
}

func TestAnotherCompanysEventsAreNotTold(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	x.happens(trunkEvent("a"))
	v := boss
	v.Company = "beta"
	if p, err := x.api.Events(t.Context(), v, cabinet.EventsAsked{Limit: 100}); err != nil || len(p.Events) != 1 || p.Last != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestEventsArePagedByNumber(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	for range 30 {
		x.happens(trunkEvent("a"), fmc.Event{Type: fmc.EventSMSSent, Data: fmc.MessageTold{}})
	}
	var got []int64
	asked := cabinet.EventsAsked{Types: "sms.*, config.published", Limit: 7}
	for range 20 {
		p, err := x.api.Events(t.Context(), boss, asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Events {
			got = append(got, e.N)
		}
		asked.After = fmt.Sprint(p.Next)
		if p.Next == p.Last {
			break
		}
	}
	if len(got) != 31 || got[0] != 1 || got[30] != 61 || !slices.IsSorted(got) {
		t.Errorf("%v", got)
	}
	for _, bad := range []cabinet.EventsAsked{{Types: "call"}, {Types: "*.ended"}, {After: "-1"}, {After: "x"}, {After: "99"}} {
		bad.Limit = 10
		if p, err := x.api.Events(t.Context(), boss, bad); err == nil {
			t.Errorf("%+v: %+v", bad, p)
		}
	}
}

func TestEventsThatAreGoneAreSaidToBeGone(t *testing.T) {
	dsn := storetest.DSN(t)
	x := newWire(t, dsn)
	for range 4 {
		x.happens(trunkEvent("a"))
	}
	s, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: func() time.Time { return time.Now().Add(store.EventsKept + time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Operator().SweepEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.happens(trunkEvent("b"))
	p, err := x.api.Events(t.Context(), boss, cabinet.EventsAsked{After: "2", Limit: 10})
	if err != nil || p.Gone == nil || *p.Gone != (cabinet.EventsGone{From: 3, To: 5}) || len(p.Events) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	l := x.listens(boss, "", "2")
	if _, name, data := l.next(); name != "gone" || data != `{"from":3,"to":5}` {
		t.Errorf("%s %s", name, data)
	}
	if id, _, _ := l.next(); id != "6" {
		t.Errorf("then event %s", id)
	}
}

// TestManyReadersAreToldTheSame has readers at different places, while events come quickly.
func TestManyReadersAreToldTheSame(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	const n = 1200 // more than stays in memory
	var reading sync.WaitGroup
	for i := range 8 {
		l := x.listens(boss, "trunk.*", fmt.Sprint(i%2))
		reading.Go(func() {
			for want := 2; want <= n+1; want++ {
				id, _, data := l.next()
				var m hook.Message
				if err := json.Unmarshal([]byte(data), &m); err != nil || id != fmt.Sprint(want) || m.N != int64(want) {
					t.Errorf("event %s %s, want %d", id, data, want)
					return
				}
			}
		})
	}
	for range n / 100 {
		all := make([]fmc.Event, 100)
		for i := range all {
			all[i] = trunkEvent("a")
		}
		x.happens(all...)
	}
	reading.Wait()
}
