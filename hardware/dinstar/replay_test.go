package dinstar_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/dinstar"
	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/modem"
)

const patience = 20 * time.Second

// paper is a box that knows the exchanges of a file and answers each question as it stands there; what it was asked twice
// it answers as the file does the second time, and so on.
type paper struct {
	mu    sync.Mutex // guards:
	asked map[string][]string
	not   []string // questions that the file does not have
	id    string   // that the driver chose last
}

var number = regexp.MustCompile(`("user_id":\[?)(\d+)`)

func readPaper(t *testing.T) *paper {
	t.Helper()
	text, err := os.ReadFile("testdata/paper.txt")
	check(t, err)
	p := &paper{asked: map[string][]string{}}
	question := ""
	for _, row := range strings.Split(string(text), "\n") {
		if q, is := strings.CutPrefix(row, "> "); is {
			question = q
		} else if a, is := strings.CutPrefix(row, "< "); is {
			p.asked[question] = append(p.asked[question], a)
		}
	}
	return p
}

func (p *paper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // none is a question that the file does not have
	question := strings.TrimSpace(r.Method + " " + r.RequestURI + " " + string(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := number.FindStringSubmatch(question); m != nil {
		p.id = m[2]
		question = number.ReplaceAllString(question, "${1}{id}")
	}
	answers := p.asked[question]
	if len(answers) == 0 {
		p.not = append(p.not, question)
		http.NotFound(w, r)
		return
	}
	if len(answers) > 1 {
		p.asked[question] = answers[1:]
	}
	_, _ = io.WriteString(w, strings.ReplaceAll(answers[0], "{id}", p.id)) // the asker may be gone
}

// newDriver is a driver of a box, until the test ends.
func newDriver(t *testing.T, address, listen, certificate string) gateway.Gateway {
	t.Helper()
	o := options(t, address)
	o.Listen, o.Certificate = listen, certificate
	return gatewaytest.Drive(t, dinstar.Vendor(), o)
}

func options(t *testing.T, address string) gateway.Options {
	t.Helper()
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	check(t, err)
	return gateway.Options{
		Name: "box", Address: address, User: "admin", Secret: "secret", Lines: []gateway.Port{{ID: "0"}, {ID: "1"}}, Book: book,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Timing: gateway.Timing{Answer: patience, Poll: 20 * time.Millisecond},
	}
}

func TestTheDriverSpeaksAsThePaperDoes(t *testing.T) {
	p := readPaper(t)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	g := newDriver(t, server.URL, "", "")
	m := gatewaytest.Serve(t, g.Lines()[0])
	ctx := t.Context()
	sim, err := m.SIM(ctx)
	check(t, err)
	if sim.ICCID != "8986012345678901234" || sim.IMSI != "460000000000001" || sim.Number != "10086" || sim.Service != "+8613800100500" {
		t.Errorf("the card is %+v", sim)
	}
	if r, err := m.Radio(ctx); err != nil || r.SignalDBm != -73 || r.Access != "4G" || !r.Voice {
		t.Errorf("it stands with the network as %+v, %v", r, err)
	}
	if s, err := g.Lines()[1].State(); err != nil || s.SIM.State != modem.SIMAbsent {
		t.Errorf("the empty port is %+v, %v", s, err)
	}
	var came modem.TextCame
	var reported modem.TextReported
	for came.Token == "" || reported.Token == "" {
		select {
		case ev := <-m.Events():
			switch ev := ev.(type) {
			case modem.TextCame:
				came = ev
			case modem.TextReported:
				reported = ev
			}
		case <-time.After(patience):
			t.Fatal("nothing came")
		}
	}
	if came.From != "+8613913580246" || came.Text != "test" || came.Sent.Format(time.DateTime) != "2016-07-12 15:46:18" {
		t.Errorf("there came %+v", came)
	}
	if reported.To != "10086" || reported.Reference != 212 || reported.Status != 0 || reported.IMSI != "460000000000001" {
		t.Errorf("reported is %+v", reported)
	}
	if n, err := m.SendText(ctx, "10086", "Привет"); err != nil || n != 212 {
		t.Errorf("sent is %d, %v", n, err)
	}
	if u, err := m.Ask(ctx, "*100#"); err != nil || u.Text != "Thank you!" {
		t.Errorf("the network said %+v, %v", u, err)
	}
	check(t, m.Block(ctx, true))
	if err := m.Reset(ctx, modem.Restart); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("a port that is not there: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.not {
		t.Errorf("the paper does not know %s", q)
	}
}

// Whoever pushes must be the box, and must speak its language.
func TestOnlyTheBoxItselfMayPush(t *testing.T) {
	server := httptest.NewServer(readPaper(t))
	t.Cleanup(server.Close)
	listen := httptest.NewUnstartedServer(nil)
	at := listen.Listener.Addr().String()
	check(t, listen.Listener.Close())
	g := newDriver(t, server.URL, at, "")
	m := gatewaytest.Serve(t, g.Lines()[0])
	for _, row := range []struct {
		body string
		want int
	}{
		{`{"sn":"db99","sms":[{"incoming_sms_id":7,"port":0,"number":"1","timestamp":"","text":"a lie"}]}`, http.StatusForbidden},
		{`<xml/>`, http.StatusBadRequest},
		{`{"sn":"da00-0028-8000-0001","sms":[{"incoming_sms_id":7,"port":9,"number":"1","timestamp":"","text":"no such port"}]}`, http.StatusOK},
		{`{"sn":"da00-0028-8000-0001","sms":[{"incoming_sms_id":8,"port":0,"number":"1","timestamp":"","text":"pushed"}]}`, http.StatusOK},
	} {
		if got := push(t, "127.0.0.1", at, row.body); got != row.want {
			t.Errorf("%s: %d", row.body, got)
		}
	}
	for {
		select {
		case ev := <-m.Events():
			came, is := ev.(modem.TextCame)
			if is && came.Text == "a lie" {
				t.Error("a stranger was believed")
			}
			if is && came.Text == "pushed" {
				return
			}
		case <-time.After(patience):
			t.Fatal("what was pushed never came")
		}
	}
}

// push pushes from a local address of ours.
func push(t *testing.T, local, to, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+to, strings.NewReader(body))
	check(t, err)
	req.Close = true
	way := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}).DialContext}
	res, err := (&http.Client{Transport: way}).Do(req)
	check(t, err)
	check(t, res.Body.Close())
	return res.StatusCode
}

// Also where the box is known by a name, and before it was asked for the first time.
func TestAPushOfAStrangerIsRefused(t *testing.T) {
	p, asked := readPaper(t), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-asked
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	listen := httptest.NewUnstartedServer(nil)
	at := listen.Listener.Addr().String()
	check(t, listen.Listener.Close())
	g := newDriver(t, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), at, "")
	gatewaytest.Until(t, "the driver listens", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
		if err == nil {
			check(t, conn.Close())
		}
		return err == nil
	})
	guess := `{"sn":"a guess","sms":[{"incoming_sms_id":7,"port":0,"number":"1","timestamp":"","text":"a lie"}]}`
	if got := push(t, "127.0.0.1", at, guess); got != http.StatusServiceUnavailable {
		t.Errorf("a push before the box said its serial number is answered %d", got)
	}
	close(asked)
	m := gatewaytest.Serve(t, g.Lines()[0])
	for _, row := range []struct {
		from, text string
		want       int
	}{
		{"127.0.0.2", "a lie", http.StatusForbidden}, {"127.0.0.1", "pushed", http.StatusOK},
	} {
		body := `{"sn":"da00-0028-8000-0001","sms":[{"incoming_sms_id":8,"port":0,"number":"1","timestamp":"","text":"` + row.text + `"}]}`
		if got := push(t, row.from, at, body); got != row.want {
			t.Errorf("%s is answered %d", row.from, got)
		}
	}
	for came := ""; came != "pushed"; {
		select {
		case ev := <-m.Events():
			if text, is := ev.(modem.TextCame); is {
				came = text.Text
			}
			if came == "a lie" {
				t.Fatal("a stranger was believed")
			}
		case <-time.After(patience):
			t.Fatal("what was pushed never came")
		}
	}
}

// An error that the paper does not explain leaves open whether the box sends the text: it is asked.
func TestACodeThatSaysNothingIsNoRefusal(t *testing.T) {
	for _, row := range []struct {
		name, result string
		sent         bool
	}{
		{"it went", "", true},
		{"the box does not know", `{"error_code":200,"sn":"da00-0028-8000-0001","result":[]}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := readPaper(t)
			for question := range p.asked {
				switch {
				case strings.HasPrefix(question, "POST /api/send_sms "):
					p.asked[question] = []string{`{"error_code":500,"sn":"da00-0028-8000-0001"}`}
				case strings.HasPrefix(question, "POST /api/query_sms_result ") && row.result != "":
					p.asked[question] = []string{row.result}
				}
			}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			m := gatewaytest.Serve(t, newDriver(t, server.URL, "", "").Lines()[0])
			ctx, over := context.WithTimeout(t.Context(), patience)
			if !row.sent {
				ctx, over = context.WithTimeout(t.Context(), 300*time.Millisecond)
			}
			defer over()
			n, err := m.SendText(ctx, "10086", "Привет")
			if row.sent && (err != nil || n != 212) || !row.sent && !modem.Uncertain(err) {
				t.Errorf("sent is %d, %v", n, err)
			}
		})
	}
}

// box is a box that answers each path by a function.
type box map[string]func(w http.ResponseWriter, r *http.Request)

func (b box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if does := b[r.URL.Path]; does != nil {
		does(w, r)
		return
	}
	_, _ = io.WriteString(w, `{"error_code":200,"sn":"s"}`) // the asker may be gone
}

func says(words string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, words) } // likewise
}

// One line's trouble stays its own, also where it is in what the box says of it.
func TestARecordThatCannotBeReadSpoilsNoOther(t *testing.T) {
	server := httptest.NewServer(box{
		"/api/get_port_info": says(`{"error_code":200,"sn":"s","info":[{"port":0,"iccid":"8986012345678901234","reg":"REGISTER_OK","signal":"strong"},
			{"port":1,"iccid":"8986012345678901242","reg":"REGISTER_OK","signal":20},7,null]}`),
		"/api/query_incoming_sms": says(`{"error_code":200,"sn":"s","sms":[{"incoming_sms_id":"one","port":1,"text":"odd"},
			{"incoming_sms_id":2,"port":1,"number":"10086","timestamp":"2016-07-12 15:46:18","text":"good"}]}`),
	})
	t.Cleanup(server.Close)
	g := newDriver(t, server.URL, "", "")
	m := gatewaytest.Serve(t, g.Lines()[1])
	select {
	case ev := <-m.Events():
		if came, is := ev.(modem.TextCame); !is || came.Text != "good" {
			t.Errorf("there came %+v", ev)
		}
	case <-time.After(patience):
		t.Error("what can be read never came")
	}
	if s, err := g.Lines()[0].State(); err == nil {
		t.Errorf("the line that the box says nonsense of is %+v", s)
	}
}

// A box that answers, and does not tell of one of its ports any more.
func TestAPortThatTheBoxTellsNothingOfIsGivenUp(t *testing.T) {
	var forgot atomic.Bool
	server := httptest.NewServer(box{"/api/get_port_info": func(w http.ResponseWriter, r *http.Request) {
		info := `{"port":1,"iccid":"8986012345678901242","reg":"REGISTER_OK"}`
		if !forgot.Load() {
			info += `,{"port":0,"iccid":"8986012345678901234","reg":"REGISTER_OK"}`
		}
		says(`{"error_code":200,"sn":"s","info":[`+info+`]}`)(w, r)
	}})
	t.Cleanup(server.Close)
	o := options(t, server.URL)
	o.Timing.Silent = 200 * time.Millisecond
	g := gatewaytest.Drive(t, dinstar.Vendor(), o)
	gatewaytest.Until(t, "both ports are told of", func() bool {
		_, err := g.Lines()[0].State()
		_, err2 := g.Lines()[1].State()
		return err == nil && err2 == nil
	})
	forgot.Store(true)
	gatewaytest.Until(t, "the port is given up", func() bool {
		_, err := g.Lines()[0].State()
		return cause.KindOf(err) == cause.NotFound
	})
	if _, err := g.Lines()[1].State(); err != nil {
		t.Errorf("the other port: %v", err)
	}
}

// A box that starts anew may count its messages anew, and is back sooner than its lines are given up.
func TestABoxThatWasAwayForAMomentIsAskedForAllThatItHas(t *testing.T) {
	var began atomic.Int32 // 0: it counts on; 1: it starts anew; 2: it began to count anew
	server := httptest.NewServer(box{
		"/api/get_port_info": func(w http.ResponseWriter, r *http.Request) {
			if began.CompareAndSwap(1, 2) {
				http.Error(w, "starting", http.StatusServiceUnavailable)
				return
			}
			says(`{"error_code":200,"sn":"s","info":[{"port":0,"iccid":"8986012345678901234","reg":"REGISTER_OK"}]}`)(w, r)
		},
		"/api/query_incoming_sms": func(w http.ResponseWriter, r *http.Request) {
			id, text := 500, "before"
			if began.Load() == 2 {
				id, text = 3, "after"
			}
			sms := ""
			if after, err := strconv.Atoi(r.URL.Query().Get("incoming_sms_id")); err == nil && id > after {
				sms = fmt.Sprintf(`{"incoming_sms_id":%d,"port":0,"number":"10086","timestamp":"2016-07-12 15:46:18","text":"%s"}`, id, text)
			}
			says(`{"error_code":200,"sn":"s","sms":[`+sms+`]}`)(w, r)
		},
	})
	t.Cleanup(server.Close)
	m := gatewaytest.Serve(t, newDriver(t, server.URL, "", "").Lines()[0])
	for _, want := range []string{"before", "after"} {
		select {
		case ev := <-m.Events():
			came, is := ev.(modem.TextCame)
			if !is || came.Text != want {
				t.Fatalf("there came %+v", ev)
			}
			check(t, m.Kept(t.Context(), came.Token))
		case <-time.After(patience):
			t.Fatalf("the text %q never came", want)
		}
		began.CompareAndSwap(0, 1)
	}
}

// Whoever a box points at is none that was asked to be spoken to: it may be a server of this machine that trusts us.
func TestABoxSendsUsNowhereElse(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("another is asked for %s", r.URL) }))
	t.Cleanup(other.Close)
	asked := make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		select {
		case asked <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(server.Close)
	newDriver(t, server.URL, "", "")
	for range 2 { // the first was dealt with when the second comes
		select {
		case <-asked:
		case <-time.After(patience):
			t.Fatal("the box is not asked")
		}
	}
}

// An order that waited for its turn until it was too late did not go: nobody need ask himself whether it did.
func TestATextThatFoundNoConnectionDidNotGo(t *testing.T) {
	over, held := make(chan struct{}), make(chan struct{}, 8)
	server := httptest.NewServer(box{
		"/api/get_port_info": says(`{"error_code":200,"sn":"s","info":[{"port":0,"iccid":"8986012345678901234","reg":"REGISTER_OK"}]}`),
		"/api/set_port_info": func(http.ResponseWriter, *http.Request) {
			held <- struct{}{}
			<-over
		},
		"/api/send_sms": func(http.ResponseWriter, *http.Request) { t.Error("the text went") },
	})
	t.Cleanup(server.Close)
	m := gatewaytest.Serve(t, newDriver(t, server.URL, "", "").Lines()[0])
	var orders sync.WaitGroup
	t.Cleanup(orders.Wait)
	t.Cleanup(func() { close(over) })
	for range 4 { // as many as there are at a time
		orders.Go(func() { _ = m.Block(context.Background(), true) })
		select {
		case <-held:
		case <-time.After(patience):
			t.Fatal("an order never came to the box")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := m.SendText(ctx, "10086", "Hello"); err == nil || modem.Uncertain(err) {
		t.Errorf("a text that found no connection: %v", err)
	}
}

// A box makes its certificate itself: it is known by its fingerprint, and another is not spoken to.
func TestABoxIsKnownByItsCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(readPaper(t))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // of handshakes that we break off
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	gatewaytest.Serve(t, newDriver(t, server.URL, "", hex.EncodeToString(sum[:])).Lines()[0])
	sum[0]++
	stranger := newDriver(t, server.URL, "", hex.EncodeToString(sum[:])).Lines()[0]
	gatewaytest.Until(t, "a box with another certificate is refused", func() bool {
		_, err := stranger.State()
		return cause.KindOf(err) == cause.Denied
	})
}

func TestWhatADinstarNeedsIsSaid(t *testing.T) {
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	check(t, err)
	good := gateway.Options{
		Name: "box", Address: "http://192.0.2.7", User: "u", Secret: "s", Lines: []gateway.Port{{ID: "0"}}, Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if _, err := dinstar.Vendor().Open(good); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for name, spoil := range map[string]func(*gateway.Options){
		"no user":                 func(o *gateway.Options) { o.User = "" },
		"no password":             func(o *gateway.Options) { o.Secret = "" },
		"no lines":                func(o *gateway.Options) { o.Lines = nil },
		"no scheme":               func(o *gateway.Options) { o.Address = "192.0.2.7" },
		"another scheme":          func(o *gateway.Options) { o.Address = "ftp://192.0.2.7" },
		"a path":                  func(o *gateway.Options) { o.Address = "http://192.0.2.7/api" },
		"a port out of the world": func(o *gateway.Options) { o.Lines = []gateway.Port{{ID: "32"}} },
		"half a certificate":      func(o *gateway.Options) { o.Certificate = "abcd" },
	} {
		o := good
		spoil(&o)
		if _, err := dinstar.Vendor().Open(o); cause.KindOf(err) != cause.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
