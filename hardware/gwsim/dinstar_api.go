package gwsim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The codes of answers.
const (
	dinstarOK       = 200
	dinstarAccepted = 202
	dinstarInvalid  = 400
	dinstarTooMany  = 413
	dinstarNoPort   = 550
)

// routes are the questions and orders that the box knows; what goes on after an answer goes on as long as life does.
func (d *Dinstar) routes(life context.Context) http.Handler {
	m := http.NewServeMux()
	for pattern, ask := range map[string]func(context.Context, *http.Request, []byte) map[string]any{
		"POST /api/send_sms":                 d.sendSMS,
		"POST /api/query_sms_result":         d.queryResult,
		"POST /api/query_sms_deliver_status": d.queryReports,
		"GET /api/query_incoming_sms":        d.queryIncoming,
		"POST /api/send_ussd":                d.sendUSSD,
		"GET /api/query_ussd_reply":          d.queryUSSD,
		"GET /api/get_port_info":             d.portInfo,
		"GET /api/set_port_info":             d.setPort,
	} {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			d.serve(w, r, func(r *http.Request, body []byte) map[string]any { return ask(life, r, body) })
		})
	}
	return m
}

// mostRefused is how many wrong passwords in a row lock everybody out.
const mostRefused = 5

// serve proves who asks, and answers as the faults will have it.
func (d *Dinstar) serve(w http.ResponseWriter, r *http.Request, ask func(*http.Request, []byte) map[string]any) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || d.silent() {
		drop()
		return
	}
	if !d.admits(r) {
		w.Header().Set("WWW-Authenticate", challenge{realm: "Web Server", nonce: "6efb2c0d0a8b4a1f", qop: "auth"}.String())
		http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
		return
	}
	p := d.concerns(r, body)
	if p != nil && p.has(Strange) {
		_, _ = io.WriteString(w, "<html><body>System busy</body></html>") // the asker may be gone
		return
	}
	said := ask(r, body)
	if p != nil && (p.has(Silent) || p.has(CutSend) && r.URL.Path == "/api/send_sms") {
		drop()
		return
	}
	said["sn"] = dinstarSerial
	if said["error_code"] == nil {
		said["error_code"] = dinstarOK
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said) // the asker may be gone
}

// drop closes the connection without a word.
func drop() {
	panic(http.ErrAbortHandler) // net/http's way to do it
}

// admits checks the digest. The uri is taken as it was sent: a raw comma in it is refused, as by real firmware.
func (d *Dinstar) admits(r *http.Request) bool {
	given := r.Header.Get("Authorization")
	if given == "" || strings.Contains(r.RequestURI, ",") {
		return false
	}
	secret := d.o.Secret
	if d.ports[0].has(WrongSecret) {
		secret += "x"
	}
	p := parameters(given)
	right := p["username"] == d.o.User && p["uri"] == r.RequestURI && p["response"] == response(p, d.o.User, secret, r.Method, r.RequestURI)
	d.mu.Lock()
	defer d.mu.Unlock()
	if right && d.refused < mostRefused {
		d.refused = 0
		return true
	}
	d.refused++
	return false
}

// concerns is the one port that a request is about; nil: none, or several.
func (d *Dinstar) concerns(r *http.Request, body []byte) *port {
	var named struct {
		Port []int `json:"port"`
	}
	if r.Method == http.MethodGet {
		if n, err := strconv.Atoi(r.URL.Query().Get("port")); err == nil {
			named.Port = []int{n}
		}
	} else if json.Unmarshal(body, &named) != nil {
		return nil
	}
	if len(named.Port) != 1 || named.Port[0] < 0 || named.Port[0] >= len(d.ports) {
		return nil
	}
	return d.ports[named.Port[0]]
}

func code(n int) map[string]any { return map[string]any{"error_code": n} }

// sendSMS takes an order for texts, and sends them after it has answered.
func (d *Dinstar) sendSMS(life context.Context, r *http.Request, body []byte) map[string]any {
	var order struct {
		Text     string `json:"text"`
		Port     []int  `json:"port"`
		Encoding string `json:"encoding"`
		Param    []struct {
			Number string   `json:"number"`
			Words  []string `json:"text_param"`
			UserID int64    `json:"user_id"`
		} `json:"param"`
	}
	p := d.concerns(r, body)
	switch err := json.Unmarshal(body, &order); {
	case err != nil || order.Text == "" || len(order.Param) == 0 || !utf8.Valid(body):
		return code(dinstarInvalid)
	case len(order.Param) > 128 || len(order.Text) > 1500:
		return code(dinstarTooMany)
	case p == nil || !p.registered():
		return code(dinstarNoPort)
	}
	d.mu.Lock()
	d.tasks++
	task := d.tasks
	d.mu.Unlock()
	for _, to := range order.Param {
		text := order.Text
		for _, words := range to.Words {
			text = strings.Replace(text, "#param#", words, 1)
		}
		d.work.Go(func() { d.submit(life, p, to.Number, text, to.UserID) })
	}
	return map[string]any{"error_code": dinstarAccepted, "sms_in_queue": len(order.Param), "task_id": task}
}

// submit has the network send a text, and notes and pushes what became of it.
func (d *Dinstar) submit(ctx context.Context, p *port, to, text string, id int64) {
	note := func(r dinstarResult) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.results = slices.DeleteFunc(d.results, func(o dinstarResult) bool { return o.UserID == id })
		d.results = append(d.results, r)
	}
	result := dinstarResult{Port: p.index, UserID: id, Number: to, Time: d.now(), Status: "SENDING", Count: 1, IMSI: p.mobile.Card().IMSI}
	secret := p.has(CutSend) || p.has(Forgets)
	if !secret {
		note(result)
	}
	reference, parts, why := p.submit(ctx, to, text)
	if secret {
		return
	}
	result.Reference, result.Succeeded, result.Count, result.Status = int(reference), parts, max(1, parts), "SENT_OK"
	if why != 0 {
		result.Status = "FAILED"
	}
	note(result)
	d.push(ctx, p, "sms_result", result)
}

func (d *Dinstar) queryResult(_ context.Context, _ *http.Request, body []byte) map[string]any {
	var query struct {
		UserID []int64 `json:"user_id"`
	}
	if json.Unmarshal(body, &query) != nil {
		return code(dinstarInvalid)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	found := []dinstarResult{}
	if d.ports[0].has(Lies) {
		for _, id := range query.UserID {
			found = append(found, dinstarResult{UserID: id + 1, Status: "SENT_OK", Count: 1, Succeeded: 1, Reference: 99}, dinstarResult{Port: 77, UserID: id, Status: "SENDING"})
		}
	}
	for _, r := range d.results {
		if slices.Contains(query.UserID, r.UserID) {
			found = append(found, r)
		}
	}
	return map[string]any{"result": found}
}

func (d *Dinstar) queryReports(context.Context, *http.Request, []byte) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return map[string]any{"result": append([]dinstarReport{}, d.reports...)}
}

func (d *Dinstar) queryIncoming(_ context.Context, r *http.Request, _ []byte) map[string]any {
	from, _ := strconv.Atoi(r.URL.Query().Get("incoming_sms_id"))
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []dinstarSMS{}
	for _, m := range d.inbox {
		if m.ID > from && !d.ports[m.Port].has(Silent) {
			all = append(all, m)
		}
	}
	return map[string]any{"sms": all, "read": len(all), "unread": 0}
}

func (d *Dinstar) sendUSSD(life context.Context, r *http.Request, body []byte) map[string]any {
	var order struct {
		Text    string `json:"text"`
		Command string `json:"command"`
	}
	p := d.concerns(r, body)
	if p == nil || json.Unmarshal(body, &order) != nil {
		return code(dinstarInvalid)
	}
	status := dinstarOK
	switch {
	case order.Command == "cancel" && p.mobile != nil:
		p.mobile.Leave()
	case !p.registered():
		status = 503
	default:
		d.mu.Lock()
		delete(d.replies, p.index)
		d.mu.Unlock()
		d.work.Go(func() { d.ask(life, p, order.Text) })
	}
	return map[string]any{"error_code": dinstarAccepted, "result": []any{map[string]any{"port": p.index, "status": status}}}
}

func (d *Dinstar) ask(ctx context.Context, p *port, text string) {
	answer, _, err := p.mobile.Ask(ctx, text)
	if err != nil {
		return
	}
	d.mu.Lock()
	d.replies[p.index] = answer
	d.mu.Unlock()
	d.push(ctx, p, "ussd", map[string]any{"port": p.index, "text": answer})
}

func (d *Dinstar) queryUSSD(_ context.Context, r *http.Request, _ []byte) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []any{}
	for _, name := range strings.Split(r.URL.Query().Get("port"), ",") {
		if n, err := strconv.Atoi(name); err == nil && d.replies[n] != "" {
			all = append(all, map[string]any{"port": n, "text": d.replies[n]})
		}
	}
	return map[string]any{"reply": all}
}

func (d *Dinstar) portInfo(_ context.Context, r *http.Request, _ []byte) map[string]any {
	all := []any{}
	for _, name := range strings.Split(r.URL.Query().Get("port"), ",") {
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 || n >= len(d.ports) {
			return code(dinstarNoPort)
		}
		all = append(all, d.info(d.ports[n]))
	}
	return map[string]any{"info": all}
}

// info is how a port stands.
func (d *Dinstar) info(p *port) map[string]any {
	info := map[string]any{
		"port": p.index, "type": "LTE", "imei": fmt.Sprintf("86103%010d", p.index), "imsi": "", "iccid": "", "smsc": "", "number": "",
		"reg": "NO_SIM", "slot": 255, "callstate": "Idle", "signal": 0, "gprs": "detached",
	}
	card := p.card()
	if card == nil {
		return info
	}
	info["imsi"], info["iccid"], info["smsc"], info["slot"], info["reg"] = card.IMSI, card.ICCID, p.mobile.Operator().ServiceCentre, 0, "UNREGISTER"
	if card.Says {
		info["number"] = card.Number
	}
	if p.registered() {
		info["reg"], info["signal"] = "REGISTER_OK", 20
	}
	return info
}

func (d *Dinstar) setPort(life context.Context, r *http.Request, body []byte) map[string]any {
	p := d.concerns(r, body)
	if p == nil {
		return code(dinstarNoPort)
	}
	switch r.URL.Query().Get("action") {
	case "block", "unblock":
		p.block(r.URL.Query().Get("action") == "block")
	case "reset":
		d.work.Go(func() { p.restart(life) })
	default:
		return code(dinstarInvalid)
	}
	return code(dinstarOK)
}
