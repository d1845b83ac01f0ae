package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"roadline/store"
	"roadline/store/storetest"
)

// webPort is where the product's cabinet is reached.
const webPort = 15880

// webMachine is the part of the machine's file that is about the cabinet.
var webMachine = fmt.Sprintf("web: {listen: \"127.0.0.1:%d\"}\n", webPort)

// office is a company of a hundred and fifty people; the first of them is its manager.
type office struct {
	numbers []string
	owned   bool   // each number is that of one of them, and rings their mobile, which needs no key; the manager sees lines too
	more    string // of its file
}

// text is its file.
func (o office) text() string {
	var b strings.Builder
	b.WriteString("company: bench\nname: Office\ncountry: RU\ntimezone: Europe/Moscow\n" + o.more + "numbers:\n")
	for i, n := range o.numbers {
		owner := ""
		if o.owned {
			owner = fmt.Sprintf("owner: e%d, ", i)
		}
		fmt.Fprintf(&b, "  - {e164: %q, trunk: carrier-a, %sproof: {contract: \"1\", from: 2026-01-01}}\n", n, owner)
	}
	b.WriteString("groups:\n")
	for i := range officeGroups {
		fmt.Fprintf(&b, "  - {id: g%d, name: \"Group %d\", extension: \"%d\", strategy: longest-idle, ring: 30s, head: e%d}\n", i, i, 600+i, i+1)
	}
	b.WriteString("employees:\n")
	for i := range officePeople {
		more := ""
		if i == 0 {
			more = ", roles: [manager]"
		}
		if i == 0 && o.owned {
			more = ", roles: [manager, operator]"
		}
		if o.owned {
			more += ", ring: [{device: mobile, for: 30s, confirm: false}]"
		}
		fmt.Fprintf(&b, "  - {id: e%d, name: \"Person %d\", extension: \"%d\", groups: [g%d], mobile: %q%s}\n", i, i, 200+i, i%officeGroups, mobile(i), more)
	}
	return b.String()
}

const (
	officePeople = 150
	officeGroups = 12
)

var officeNumbers = []string{"+74951230001", "+74951230002", "+74951230003", "+74951230004"}

// look is a page that is asked for again and again, and how quick nine and a half of ten answers should be.
type look struct {
	what   string
	target time.Duration
	path   func(i int) string
}

// looks are what reference asks of a company with a million calls.
func looks(calls []string, now time.Time) []look {
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	filters := []func(i int) string{
		func(i int) string { return fmt.Sprintf("q=%04d", 1000+i*37%9000) },
		func(i int) string { return fmt.Sprintf("employee=e%d", i%officePeople) },
		func(i int) string { return fmt.Sprintf("group=g%d&status=missed+voicemail", i%officeGroups) },
		func(i int) string {
			return "number=" + url.QueryEscape(officeNumbers[i%len(officeNumbers)]) + "&talk=300"
		},
		func(i int) string {
			return fmt.Sprintf("from=%s&to=%s&dow=%d&hour=11&direction=inbound", day(60), day(1), 1+i%5)
		},
		func(i int) string { return fmt.Sprintf("employee=e%d&status=failed", i%officePeople) },
		func(i int) string { return "direction=internal&taped=1" },
		func(i int) string { return "q=" + url.QueryEscape(fmt.Sprintf("Person %d", i%officePeople)) },
	}
	return []look{
		{"list", 60 * time.Millisecond, func(i int) string {
			if i%2 == 0 {
				return "/calls"
			}
			return fmt.Sprintf("/calls?from=%s&to=%s", day(i+7), day(i))
		}},
		{"filter", 150 * time.Millisecond, func(i int) string { return "/calls?" + filters[i%len(filters)](i) }},
		{"call page", 80 * time.Millisecond, func(i int) string { return "/calls/" + calls[i%len(calls)] }},
		{"statistics of 30 days", 120 * time.Millisecond, func(i int) string { return fmt.Sprintf("/statistics?from=%s&to=%s", day(30+i), day(1+i)) }},
	}
}

// pages measures how quick the cabinet's pages are for a company with a million calls.
func (b *bench) pages() error {
	p, err := startProduct(b.program, webMachine)
	if err != nil {
		return err
	}
	err = b.pagesOf(p)
	if stopped := p.stop(); err == nil {
		err = stopped
	}
	return err
}

func (b *bench) pagesOf(p *product) error {
	if err := p.applyText(office{numbers: officeNumbers}.text()); err != nil {
		return err
	}
	now := time.Now()
	past := storetest.Past{Company: "bench", Calls: b.calls, Days: 365, End: now, People: officePeople, Groups: officeGroups, Numbers: officeNumbers}
	dsn, err := p.dsn()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "  %d calls are made up; a million takes some minutes\n", b.calls)
	if err := past.Make(context.Background(), dsn); err != nil {
		return err
	}
	visitor, err := p.signIn("e0")
	if err != nil {
		return err
	}
	calls, err := somecalls(visitor)
	if err != nil {
		return err
	}
	var words, targets []string
	for _, l := range looks(calls, now) {
		took, err := visitor.times(l, 400)
		if err != nil {
			return err
		}
		words = append(words, fmt.Sprintf("%s %.0f ms (p50 %.0f)", l.what, ms(took[len(took)*95/100]), ms(took[len(took)/2])))
		targets = append(targets, fmt.Sprintf("%s %.0f", l.what, ms(l.target)))
	}
	b.add(fmt.Sprintf("pages of the cabinet with %d calls, p95", b.calls), strings.Join(targets, ", ")+" ms", "%s", strings.Join(words, ", "))
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// dsn is the address of the product's private PostgreSQL.
func (p *product) dsn() (string, error) {
	private, err := store.NewPrivate(store.PrivateOptions{Dir: filepath.Join(p.dir, "data", "postgres")}, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	return private.DSN(), nil
}

// visitor is a browser that is signed in.
type visitor struct{ client *http.Client }

// password gives a person of the company a new password.
func (p *product) password(employee string) (string, error) {
	out, err := p.ask("user", "password", "bench", employee, "--generate")
	if err != nil {
		return "", err
	}
	words := strings.Fields(out)
	return words[len(words)-1], nil
}

// signIn signs a person of the company in.
func (p *product) signIn(employee string) (*visitor, error) {
	password, err := p.password(employee)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{client: &http.Client{Jar: jar}}
	form := url.Values{"company": {"bench"}, "login": {employee}, "password": {password}}
	r, err := http.NewRequest(http.MethodPost, v.url("/sign-in"), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	if err := w.Body.Close(); err != nil {
		return nil, err
	}
	if w.Request.URL.Path == "/sign-in" {
		return nil, fmt.Errorf("sign in to the cabinet: %s", w.Status)
	}
	return v, nil
}

func (v *visitor) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", webPort, path) }

// get fetches a page whole and says how long that took.
func (v *visitor) get(path string) (text string, took time.Duration, err error) {
	start := time.Now()
	w, err := v.client.Get(v.url(path))
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = w.Body.Close() }()
	body, err := io.ReadAll(w.Body)
	if err == nil && w.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, w.Status)
	}
	return string(body), time.Since(start), err
}

// times asks for a page so many times, one after the other, and returns how long each took, the quickest first.
func (v *visitor) times(l look, n int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range n {
		_, took, err := v.get(l.path(i))
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	return all, nil
}

// somecalls are calls of all times, from pages of the list.
func somecalls(v *visitor) (ids []string, err error) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		day := time.Now().AddDate(0, 0, -random.IntN(360)).Format(time.DateOnly)
		text, _, err := v.get("/calls?to=" + day)
		if err != nil {
			return nil, err
		}
		for _, row := range strings.Split(text, `<tr data-call="`)[1:] {
			id, _, _ := strings.Cut(row, `"`)
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("the list of calls is empty")
	}
	return ids, nil
}
