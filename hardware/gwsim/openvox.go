package gwsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// OpenVox is a VoxStack gateway: the manager protocol of Asterisk, HTTP to SMS at Options.Listen, and SMS to HTTP, which
// pushes to the URL Options.Server with the names of the vendor's example; empty: it pushes nothing. What it says follows
// the vendor's papers.
type OpenVox struct {
	*box
	api   *ami
	pages net.Listener
	work  sync.WaitGroup // what was ordered and goes on
	// Async is firmware that answers "sending", and pushes what became of a text.
	Async bool
}

var _ Box = (*OpenVox)(nil)

// NewOpenVox sets a box up, and has its addresses; Run switches it on.
func NewOpenVox(o Options) (*OpenVox, error) {
	b, err := newBox(o)
	if err != nil {
		return nil, err
	}
	pages, err := net.Listen("tcp", o.Listen) //nolint:noctx // it is bound at once
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated OpenVox: %w", err)
	}
	host, _, err := net.SplitHostPort(pages.Addr().String())
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated OpenVox: %w", err)
	}
	at, err := net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // it is bound at once
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated OpenVox: %w", errors.Join(err, pages.Close()))
	}
	v := &OpenVox{box: b, pages: pages}
	v.api = &ami{box: b, at: at, command: "Command", first: 1, carry: v.carry, sessions: map[*amiSession]bool{}}
	return v, nil
}

// Address is the URL of its pages, with the port of the manager protocol.
func (v *OpenVox) Address() string {
	_, port, _ := strings.Cut(v.API(), ":")
	return "http://" + v.pages.Addr().String() + "?ami=" + port
}

// API is where it speaks the manager protocol.
func (v *OpenVox) API() string { return v.api.at.Addr().String() }

// Run is documented at Box.
func (v *OpenVox) Run(ctx context.Context) error {
	var live sync.WaitGroup
	defer v.work.Wait()
	defer live.Wait()
	inside, stop := context.WithCancel(ctx)
	defer stop()
	if v.sip != nil {
		if err := v.sip.begin(inside, &live); err != nil {
			return err
		}
	}
	for _, p := range v.ports {
		live.Go(func() { p.listen(inside, openVoxSink{v, inside}) })
	}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /sendsms", func(w http.ResponseWriter, r *http.Request) { v.send(inside, w, r) })
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 5 * time.Second}
	live.Go(func() { _ = server.Serve(v.pages) }) // until it is closed
	live.Go(func() {
		<-inside.Done()
		_ = server.Close() // whoever is answered still hears no more
	})
	return v.api.run(inside)
}

// carry does what a command says, and returns what it writes.
func (v *OpenVox) carry(ctx context.Context, a asked) string {
	f := strings.Fields(a.words)
	if a.port == nil || len(f) < 4 {
		return "No such command '" + a.words + "' (type 'core show help " + a.words + "' for other possible commands)\n"
	}
	switch p := a.port; {
	case strings.HasPrefix(a.words, "gsm show span "):
		return v.show(p)
	case strings.HasPrefix(a.words, "gsm send ussd ") && len(f) >= 5:
		return v.ask(ctx, p, strings.Trim(f[4], `"`))
	case strings.HasPrefix(a.words, "gsm send sync at ") && len(f) >= 6:
		return v.at(p, f[5])
	case strings.HasPrefix(a.words, "gsm power reset "):
		v.work.Go(func() { p.restart(ctx) })
	case strings.HasPrefix(a.words, "gsm power off "), strings.HasPrefix(a.words, "gsm power on "):
		p.block(f[2] == "off")
	default:
		return "No such command '" + a.words + "' (type 'core show help " + a.words + "' for other possible commands)\n"
	}
	return ""
}

// show is all of a port, as a box with modules of SIMCom writes it.
func (v *OpenVox) show(p *port) string {
	status, operator, network, signal, imsi, centre, own := "Power on, Provisioned, Undetected SIM Card, Active, Standard", "", "Not registered", -1, "", "", ""
	if card := p.card(); card != nil {
		status, imsi, centre = "Power on, Provisioned, Down, Active, Standard", card.IMSI, p.mobile.Operator().ServiceCentre
		if card.Says {
			own = card.Number
		}
	}
	if v.Blocked(p.index) {
		status = "Power off, Provisioned, Down, Active, Standard"
	} else if p.registered() {
		status = "Power on, Provisioned, Up, Active, Standard"
		operator, network, signal = p.mobile.Operator().Name, "Registered (Home network)", 20
	}
	return fmt.Sprintf("D-channel: %d\nStatus: %s\nType: CPE\nManufacturer: SIMCOM_Ltd\nModel Name: SIMCOM_SIM840W\nModel IMEI: 86004102%07d\n"+
		"Revision: Revision:1224B02SIM840W16\nNetwork Name: %s\nNetwork Status: %s\nSignal Quality (0,31): %d\nBER value (0,7): 0\nSIM IMSI: %s\n"+
		"SIM SMS Center Number: %s\nOwn Number: %s\nRemain Time: \nPDD: 7\nASR: 20\nACD: 12\nState: READY\n",
		p.index+1, status, p.index+1, operator, network, signal, imsi, centre, own)
}

// ask asks the network, and waits for it.
func (v *OpenVox) ask(ctx context.Context, p *port, code string) string {
	if !p.registered() {
		return "0:Failed\n"
	}
	answer, open, err := p.mobile.Ask(ctx, code)
	if err != nil {
		return "0:Failed\n"
	}
	wait := 0
	if open {
		wait = 1
	}
	return fmt.Sprintf("1:Recive USSD on span %d,responses:%d,code:15\nText:%s\n", p.index+1, wait, answer)
}

// at carries out an AT command and writes what the module answers.
func (v *OpenVox) at(p *port, command string) string {
	card := p.card()
	switch {
	case command == "AT+CUSD=2":
		if p.mobile != nil {
			p.mobile.Leave()
		}
	case command == "AT+CRSM=176,12258,0,0,10" && card != nil:
		digits := []byte((card.ICCID + "F")[:20])
		for i := 0; i < len(digits); i += 2 {
			digits[i], digits[i+1] = digits[i+1], digits[i]
		}
		return "+CRSM: 144,0,\"" + string(digits) + "\"\n\nOK\n"
	case command == "AT+CRSM=176,12258,0,0,10":
		return "+CME ERROR: 10\n"
	default:
		return "ERROR\n"
	}
	return "OK\n"
}

// send is HTTP to SMS. The answer begins with the text as it came, not escaped, and has a comma too many.
func (v *OpenVox) send(life context.Context, w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	secret := v.o.Secret
	if v.ports[0].has(WrongSecret) {
		secret += "x"
	}
	if q.Get("username") != v.o.User || q.Get("password") != secret {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	p := v.api.about(q.Get("port")[strings.LastIndexAny(q.Get("port"), ".-")+1:]).port
	if p == nil || q.Get("phonenumber") == "" || q.Get("message") == "" {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	if p.has(Strange) {
		_, _ = fmt.Fprint(w, "<html><body>System busy</body></html>") // the asker may be gone
		return
	}
	result := "sending"
	if v.Async {
		v.work.Go(func() {
			v.push(life, p, url.Values{"num": {q.Get("phonenumber")}, "message": {q.Get("message")}, "status": {v.submit(life, p, q)}})
		})
	} else {
		result = v.submit(life, p, q)
	}
	if p.has(Forgets) {
		v.api.drop()
	}
	if p.has(Forgets) || p.has(CutSend) || p.has(Silent) {
		drop()
	}
	records := fmt.Sprintf(`"0":[{"port":%q,"phonenumber":%q,"time":%q,"id":%q,"result":%q}],`, q.Get("port"), q.Get("phonenumber"), v.now(), q.Get("id"), result)
	if p.has(Lies) {
		records = fmt.Sprintf(`"0":[{"port":%q,"phonenumber":%q,"time":%q,"id":%q,"result":"success"}],`, q.Get("port"), q.Get("phonenumber"), v.now(), q.Get("id")+"0") + records
	}
	_, _ = fmt.Fprintf(w, `{"message":"%s","report":[{%s}]}`, q.Get("message"), records) // the asker may be gone
}

// submit has the network send a text, and says what became of it.
func (v *OpenVox) submit(ctx context.Context, p *port, q url.Values) string {
	if _, _, why := p.submit(ctx, q.Get("phonenumber"), q.Get("message")); why != 0 {
		return "fail"
	}
	return "success"
}

// now is the box's clock: local time without a zone.
func (v *OpenVox) now() string { return v.o.Now().Format(time.DateTime) }

// push says something to the server, once; whether it is heard does not matter to the box.
func (v *OpenVox) push(ctx context.Context, p *port, what url.Values) {
	if v.o.Server == "" || p.has(Silent) {
		return
	}
	what.Set("port", fmt.Sprint(p.index+1))
	what.Set("portname", fmt.Sprintf("gsm-1.%d", p.index+1))
	if !what.Has("time") {
		what.Set("time", v.now())
	}
	if p.mobile != nil {
		what.Set("imsi", p.mobile.Card().IMSI)
	}
	times := 1
	if p.has(Repeats) {
		times = 2
	}
	for range times {
		brief, over := context.WithTimeout(ctx, 2*time.Second)
		req, err := http.NewRequestWithContext(brief, http.MethodGet, v.o.Server+"?"+what.Encode(), http.NoBody)
		if err == nil {
			req.Close = true
			if res, err := http.DefaultClient.Do(req); err == nil {
				_ = res.Body.Close() // it says nothing
			}
		}
		over()
	}
}

// openVoxSink pushes what the network brings.
type openVoxSink struct {
	v    *OpenVox
	life context.Context //nolint:containedctx // what is pushed is pushed as long as the box lives
}

func (s openVoxSink) came(p *port, t text) {
	s.v.push(s.life, p, url.Values{"num": {t.from}, "message": {t.text}, "time": {t.sent.Format(time.DateTime)}})
}

func (s openVoxSink) reported(*port, reported) {} // the box names no text in its reports

func (s openVoxSink) rings(ctx context.Context, p *port, h *gsmsim.Handset) {
	if s.v.sip == nil {
		h.HangUp()
		return
	}
	s.v.work.Go(func() { s.v.sip.bring(ctx, p, h) })
}
