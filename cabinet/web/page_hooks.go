package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var hookRoutes = []route{
	{pattern: "GET /webhooks", right: access.WebhooksChange, do: hooks},
	{pattern: "POST /webhooks", right: access.WebhooksChange, do: addHook},
	{pattern: "GET /webhooks/{webhook}", right: access.WebhooksChange, do: hook},
	{pattern: "POST /webhooks/{webhook}", right: access.WebhooksChange, do: changeHook},
	{pattern: "POST /webhooks/{webhook}/secret", right: access.WebhooksChange, do: rotateHook},
	{pattern: "POST /webhooks/{webhook}/test", right: access.WebhooksChange, do: testHook},
	{pattern: "POST /webhooks/{webhook}/replay", right: access.WebhooksChange, do: replayHook},
	{pattern: "POST /webhooks/{webhook}/remove", right: access.WebhooksChange, do: removeHook},
	{pattern: "GET /webhooks/{webhook}/deliveries/{n}", right: access.WebhooksChange, do: delivery},
	{pattern: "POST /webhooks/{webhook}/deliveries/{n}", right: access.WebhooksChange, do: tellAgain},
}

var hookScreens = shows{"hooks": hooksView{}, "hook": hookView{}, "hook-secret": hookSecret{}, "delivery": deliveryView{}}

// hooksView is the receivers of events, and a form for one more.
type hooksView struct {
	Hooks []hookRow
	Form  hookForm
}

// hookRow is a receiver in the list.
type hookRow struct {
	cabinet.WebhookShown
	Host    string // without the path, in which a secret may stand
	Class   string // of state.css
	State   string // key of its words
	Since   *moment
	Waiting int
}

// hookForm is what a receiver is to be.
type hookForm struct {
	Filled  form
	URL     string
	Scheme  string // empty: it cannot be chosen any more
	Enabled bool
	Kinds   []hookKind
}

// hookKind is the events of a noun.
type hookKind struct {
	Pattern string // "call.*"
	Types   []fmc.EventType
	Chosen  bool
}

// hookView is one receiver with its log.
type hookView struct {
	Hook       hookRow
	Form       hookForm
	Made, Rest *moment
	OldUntil   *moment
	Deliveries []deliveryRow
	State      string // that the log shows; empty: all
	Next       string
	Last       int64 // number of the latest event
	Samples    []sample
	Replay     form
}

// deliveryRow is an event that the receiver is told of.
type deliveryRow struct {
	cabinet.DeliveryShown
	At    moment
	Due   *moment
	Class string
}

// hookSecret is what a receiver verifies with, shown once.
type hookSecret struct {
	cabinet.WebhookSecret
	Samples []sample
}

// deliveryView is one event with every try to tell it.
type deliveryView struct {
	Hook  hookRow
	Row   deliveryRow
	Body  string // empty: the viewer's role does not read it
	Tries []tryRow
}

// tryRow is one attempt.
type tryRow struct {
	cabinet.TryShown
	At   moment
	Took time.Duration
}

// sample is code that verifies a message.
type sample struct{ Name, Code string }

//go:embed samples
var samplesFolder embed.FS

// samples are in the order in which they are shown.
func samples() []sample {
	var all []sample
	for _, s := range []sample{{"Go", "verify.go.txt"}, {"PHP", "verify.php"}, {"Python", "verify.py"}} {
		code, err := samplesFolder.ReadFile("samples/" + s.Code)
		if err != nil { // they are built in
			continue
		}
		all = append(all, sample{s.Name, string(code)})
	}
	return all
}

// hookKinds are the kinds of event that may be chosen. A test is told to whom it is sent.
func hookKinds(chosen []string) []hookKind {
	var all []hookKind
	for _, t := range fmc.EventTypes {
		noun, _, _ := strings.Cut(string(t), ".")
		pattern := noun + ".*"
		if t == fmc.EventWebhookTest || t == fmc.EventWebhookOff {
			continue
		}
		i := slices.IndexFunc(all, func(k hookKind) bool { return k.Pattern == pattern })
		if i < 0 {
			i = len(all)
			all = append(all, hookKind{Pattern: pattern, Chosen: slices.Contains(chosen, pattern)})
		}
		all[i].Types = append(all[i].Types, t)
	}
	return all
}

// hookRow is a receiver as the list shows it.
func (v *visit) hookRow(w cabinet.WebhookShown) hookRow {
	row := hookRow{WebhookShown: w, Host: w.URL, Waiting: w.Waiting}
	if u, err := url.Parse(w.URL); err == nil {
		row.Host = u.Host
	}
	since := func(t *time.Time) *moment {
		if t == nil {
			return nil
		}
		m := v.at(*t)
		return &m
	}
	switch {
	case w.WhyOff != "":
		row.Class, row.State = "bad", "hooks.state-switched-off"
	case !w.Enabled:
		row.Class, row.State = "idle", "hooks.state-off"
	case w.Failing != nil:
		row.Class, row.State, row.Since = "bad", "hooks.state-failing", since(w.Failing)
	case w.Waiting > 0:
		row.Class, row.State, row.Since = "busy", "hooks.state-waiting", since(w.Oldest)
	default:
		row.Class, row.State = "ok", "hooks.state-well"
	}
	return row
}

func hooks(v *visit) (answer, error) {
	return v.hooksPage(hookForm{Enabled: true, Scheme: string(store.WebhookHMAC), Kinds: hookKinds(nil)}, 0)
}

func (v *visit) hooksPage(f hookForm, status int) (answer, error) {
	all, err := v.site.o.API.Webhooks(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	view := hooksView{Form: f}
	for _, w := range all {
		view.Hooks = append(view.Hooks, v.hookRow(w))
	}
	return page{screen: "hooks", title: v.say("hooks.title"), view: view, status: status}, nil
}

// hookWanted reads the form of a receiver.
func (v *visit) hookWanted() (hookForm, cabinet.WebhookWanted, error) {
	f, err := v.read()
	if err != nil {
		return hookForm{}, cabinet.WebhookWanted{}, err
	}
	x := hookForm{Filled: f, URL: f.Value("url"), Scheme: f.Value("scheme"), Enabled: f.Value("enabled") != "", Kinds: hookKinds(f.Values("types"))}
	return x, cabinet.WebhookWanted{URL: x.URL, Types: f.Values("types"), Enabled: &x.Enabled, Scheme: store.WebhookScheme(x.Scheme)}, nil
}

// mind puts why a receiver was refused beside its address.
func (v *visit) mind(f hookForm, err error) bool {
	switch cause.KindOf(err) {
	case cause.Invalid:
		f.Filled.wrong("url", v.say("hooks.url-wrong"))
	case cause.Conflict:
		f.Filled.wrong("url", v.say("hooks.too-many", "N", store.WebhooksMost))
	default:
		return false
	}
	return true
}

func addHook(v *visit) (answer, error) {
	f, wanted, err := v.hookWanted()
	if err != nil {
		return nil, err
	}
	wanted.Enabled = nil
	made, err := v.site.o.API.AddWebhook(v.audited("webhooks.add", f.URL), v.viewer, wanted)
	if v.mind(f, err) {
		return v.hooksPage(f, again)
	}
	if err != nil {
		return nil, err
	}
	return page{screen: "hook-secret", title: v.say("hooks.secret-title"), view: hookSecret{made, samples()}}, nil
}

func hook(v *visit) (answer, error) { return v.hookPage(nil, form{}, 0) }

// hookPage is the page of one receiver; f is a form that was filled in wrongly.
func (v *visit) hookPage(f *hookForm, replay form, status int) (answer, error) {
	w, err := v.site.o.API.Webhook(v.ctx(), v.viewer, v.PathValue("webhook"))
	if err != nil {
		return nil, err
	}
	view := hookView{Hook: v.hookRow(w), Samples: samples(), Replay: replay}
	view.Form = hookForm{URL: w.URL, Enabled: w.Enabled, Kinds: hookKinds(w.Types)}
	if f != nil {
		view.Form = *f
	}
	made := v.at(w.Made)
	view.Made = &made
	if w.Rest != nil && w.Rest.After(v.now()) {
		rest := v.at(*w.Rest)
		view.Rest = &rest
	}
	if w.OldUntil != nil && w.OldUntil.After(v.now()) {
		old := v.at(*w.OldUntil)
		view.OldUntil = &old
	}
	if view.Last, err = v.site.o.News.Last(v.ctx(), v.viewer.Company); err != nil {
		return nil, err
	}
	if err := v.hookLog(&view); err != nil {
		return nil, err
	}
	return page{screen: "hook", title: view.Hook.Host, view: view, status: status}, nil
}

// hookLog reads the part of the log that the address asks for.
func (v *visit) hookLog(view *hookView) error {
	q := v.URL.Query()
	filter := store.DeliveryFilter{State: store.DeliveryState(q.Get("state")), Limit: 50}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil {
		filter.Before = n
	}
	log, err := v.site.o.API.Deliveries(v.ctx(), v.viewer, view.Hook.ID, filter)
	if err != nil {
		return err
	}
	view.State = q.Get("state")
	if log.Next != "" {
		view.Next = address(v.URL.Path, q, "before", log.Next)
	}
	for _, d := range log.Deliveries {
		view.Deliveries = append(view.Deliveries, v.deliveryRow(d))
	}
	return nil
}

// deliveryClasses say by state how a delivery shows.
var deliveryClasses = map[store.DeliveryState]string{store.DeliveryWaiting: "busy", store.DeliveryDone: "ok", store.DeliveryFailed: "bad"}

func (v *visit) deliveryRow(d cabinet.DeliveryShown) deliveryRow {
	row := deliveryRow{DeliveryShown: d, At: v.at(d.At), Class: deliveryClasses[d.State]}
	if d.Due != nil {
		due := v.at(*d.Due)
		row.Due = &due
	}
	if d.State == store.DeliveryWaiting && d.Tries > 0 {
		row.Class = "warn"
	}
	return row
}

func changeHook(v *visit) (answer, error) {
	f, wanted, err := v.hookWanted()
	if err != nil {
		return nil, err
	}
	id := v.PathValue("webhook")
	_, err = v.site.o.API.ChangeWebhook(v.audited("webhooks.change", id), v.viewer, id, wanted)
	if v.mind(f, err) {
		return v.hookPage(&f, form{}, again)
	}
	if err != nil {
		return nil, err
	}
	return redirect{"/webhooks/" + id, notice{Text: v.say("hooks.changed")}}, nil
}

func rotateHook(v *visit) (answer, error) {
	id := v.PathValue("webhook")
	made, err := v.site.o.API.RotateWebhook(v.ctx(), v.viewer, id)
	if err != nil {
		return nil, err
	}
	// The node's role moves the secret: the entry cannot stand in its transaction.
	if err := v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "webhooks.rotate", id)); err != nil {
		return nil, err
	}
	return page{screen: "hook-secret", title: v.say("hooks.secret-title"), view: hookSecret{made, samples()}}, nil
}

func testHook(v *visit) (answer, error) {
	id := v.PathValue("webhook")
	if err := v.site.o.API.TestWebhook(v.audited("webhooks.test", id), v.viewer, id); err != nil {
		return nil, err
	}
	return redirect{"/webhooks/" + id, notice{Text: v.say("hooks.tested")}}, nil
}

func replayHook(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	id := v.PathValue("webhook")
	from, bad := strconv.ParseInt(f.Value("from"), 10, 64)
	var told cabinet.ToldAgain
	if bad == nil {
		told, err = v.site.o.API.Replay(v.audited("webhooks.replay", id), v.viewer, id, from, 0)
	}
	switch kind := cause.KindOf(err); {
	case bad != nil || kind == cause.Invalid:
		f.wrong("from", v.say("hooks.from-wrong"))
	case kind == cause.NotFound:
		f.wrong("from", v.say("hooks.from-gone", "Days", int(store.EventsKept.Hours()/24)))
	case kind == cause.Conflict:
		f.wrong("from", v.say("hooks.from-off"))
	case err != nil:
		return nil, err
	}
	if !f.ok() {
		return v.hookPage(nil, f, again)
	}
	return redirect{"/webhooks/" + id, notice{Text: v.say("hooks.replayed", "N", told.Count)}}, nil
}

func removeHook(v *visit) (answer, error) {
	id := v.PathValue("webhook")
	if err := v.site.o.API.RemoveWebhook(v.audited("webhooks.remove", id), v.viewer, id); err != nil {
		return nil, err
	}
	return redirect{"/webhooks", notice{Text: v.say("hooks.removed")}}, nil
}

// eventIn takes the number of an event out of the path.
func (v *visit) eventIn() (int64, error) {
	n, err := strconv.ParseInt(v.PathValue("n"), 10, 64)
	if err != nil {
		return 0, v.problem(cause.NotFound, "problem.no-page")
	}
	return n, nil
}

func delivery(v *visit) (answer, error) {
	n, err := v.eventIn()
	if err != nil {
		return nil, err
	}
	id := v.PathValue("webhook")
	w, err := v.site.o.API.Webhook(v.ctx(), v.viewer, id)
	if err != nil {
		return nil, err
	}
	d, err := v.site.o.API.Delivery(v.ctx(), v.viewer, id, n)
	if err != nil {
		return nil, err
	}
	view := deliveryView{Hook: v.hookRow(w), Row: v.deliveryRow(d.Delivery)}
	if d.Message != nil {
		if view.Body, err = prettyJSON(d.Message); err != nil {
			return nil, err
		}
	}
	for _, t := range d.Tries {
		view.Tries = append(view.Tries, tryRow{t, v.at(t.At), time.Duration(float64(t.Took) * float64(time.Second))})
	}
	return page{screen: "delivery", title: v.say("hooks.event", "Number", n), view: view}, nil
}

func tellAgain(v *visit) (answer, error) {
	n, err := v.eventIn()
	if err != nil {
		return nil, err
	}
	id := v.PathValue("webhook")
	if _, err := v.site.o.API.Replay(v.audited("webhooks.replay", id), v.viewer, id, n, n); err != nil {
		return nil, err
	}
	return redirect{"/webhooks/" + id + "/deliveries/" + strconv.FormatInt(n, 10), notice{Text: v.say("hooks.replayed", "N", 1)}}, nil
}

// prettyJSON is a value as people read it.
func prettyJSON(value any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(value)
	return b.String(), err
}
