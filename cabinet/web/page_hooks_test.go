package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"roadline/cabinet/hook"
	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/store"
)

// hooked is a cabinet whose webhooks are told, also inside, and a receiver that takes a secret to verify with.
func hooked(t *testing.T) (*webtest.Cabinet, *httptest.Server, chan *http.Request) {
	t.Helper()
	c := webtest.Open(t)
	told := make(chan *http.Request, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		told <- r
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(receiver.Close)
	desk := hook.New(hook.Options{Store: c.Store, Node: "one", Allow: webtest.Inside.Allow, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	c.Hooks.Store(desk)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c, receiver, told
}

func TestAnAdministratorAddsAReceiverAndSeesWhatItIsTold(t *testing.T) {
	c, receiver, told := hooked(t)
	admin := c.Visitor("admin")
	status, text := admin.Post("/webhooks", url.Values{"url": {receiver.URL + "/hook?key=geheim"}, "types": {"config.*"}, "scheme": {"hmac"}})
	secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`).FindString(html.UnescapeString(text))
	if status != http.StatusOK || secret == "" {
		t.Fatalf("%d %s", status, text)
	}
	page := regexp.MustCompile(`/webhooks/wh_[a-z0-9]+`).FindString(text)
	if status, text = admin.Get(page); status != http.StatusOK || strings.Contains(html.UnescapeString(text), secret) {
		t.Fatalf("the secret is shown again: %d", status)
	}
	if status, text = admin.Post(page+"/test", nil); status != http.StatusOK && status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text)
	}
	r := next(t, told)
	body, _ := io.ReadAll(r.Body)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil || verifier.VerifyIgnoringTimestamp(body, r.Header) != nil || !strings.Contains(string(body), `"type":"webhook.test"`) {
		t.Errorf("%s %v", body, err)
	}
	n := strings.TrimPrefix(r.Header.Get("webhook-id"), "evt_acme_")
	await(t, "the log tells of it", func() bool {
		_, text = admin.Get(page)
		return strings.Contains(text, page+"/deliveries/"+n) && strings.Contains(text, "HTTP 204")
	})
	if status, text = admin.Get(page + "/deliveries/" + n); status != http.StatusOK || !strings.Contains(text, "Webhook-Signature: v1,") || strings.Contains(text, "geheim") {
		t.Errorf("%d %s", status, text)
	}
	for path, form := range map[string]url.Values{page + "/replay": {"from": {n}}, page + "/deliveries/" + n: nil} {
		if status, text := admin.Post(path, form); status >= http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, status, text)
		}
		if again := next(t, told); again.Header.Get("webhook-id") != r.Header.Get("webhook-id") {
			t.Errorf("told again as %s", again.Header.Get("webhook-id"))
		}
	}
	for _, from := range []string{"x", "0", "99999"} {
		if status, _ := admin.Post(page+"/replay", url.Values{"from": {from}}); status != http.StatusUnprocessableEntity {
			t.Errorf("replay from %s: %d", from, status)
		}
	}
	if status, text := admin.Post(page+"/secret", nil); status != http.StatusOK || strings.Contains(html.UnescapeString(text), secret) || !strings.Contains(text, "whsec_") {
		t.Errorf("another secret: %d", status)
	}
	if status, _ := admin.Post(page, url.Values{"url": {receiver.URL}}); status >= http.StatusBadRequest {
		t.Errorf("switched off: %d", status)
	}
	if _, text := admin.Get("/webhooks"); !strings.Contains(text, `state idle`) {
		t.Errorf("%s", text)
	}
	if status, _ := admin.Post(page+"/remove", nil); status >= http.StatusBadRequest {
		t.Errorf("removed: %d", status)
	}
	if status, _ := admin.Get(page); status != http.StatusNotFound {
		t.Errorf("it is still there: %d", status)
	}
}

func TestAnAdministratorDoesNotReadInTheLogWhatTheRoleDoesNotRead(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	_, text := admin.Post("/webhooks", url.Values{"url": {"https://crm.example/hook"}, "scheme": {"hmac"}})
	page := regexp.MustCompile(`/webhooks/wh_[a-z0-9]+`).FindString(text)
	for kind, row := range map[fmc.EventType]struct {
		data  any
		shown bool
	}{
		fmc.EventSMSReceived: {fmc.MessageTold{Peer: "BANK", Text: "geheim"}, false},
		fmc.EventComment:     {fmc.CommentTold{By: "anna", Text: "geheim"}, false},
		fmc.EventPublished:   {fmc.PublishedTold{By: "admin", Reason: "geheim"}, true},
	} {
		if err := c.Store.For("acme").Raise(t.Context(), fmc.Event{Type: kind, At: time.Now(), Data: row.data}); err != nil {
			t.Fatal(err)
		}
		told, err := c.Store.For("acme").Deliveries(t.Context(), strings.TrimPrefix(page, "/webhooks/"), store.DeliveryFilter{Limit: 1})
		if err != nil || len(told) != 1 || told[0].Type != kind {
			t.Fatalf("%+v, %v", told, err)
		}
		status, text := admin.Get(fmt.Sprintf("%s/deliveries/%d", page, told[0].N))
		if hidden := strings.Contains(text, "Your role does not read events of this kind") || strings.Contains(text, "Ваша роль не читает такие события"); status != http.StatusOK || strings.Contains(text, "geheim") != row.shown || hidden == row.shown {
			t.Errorf("%s: %d %s", kind, status, text)
		}
	}
}

func TestAddressesThatCannotBeToldAreRefusedInWords(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	for _, address := range []string{"", "crm.example", "ftp://crm.example", "https://10.0.0.1/", "https://a:b@crm.example", `https://"><script>alert(1)</script>`} {
		status, text := admin.Post("/webhooks", url.Values{"url": {address}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, `aria-invalid="true"`) || strings.Contains(text, "<script>alert") {
			t.Errorf("%q: %d", address, status)
		}
	}
	for _, who := range []string{"anna", "ivan", "boris", "maria", "gleb", "olga"} {
		if status, _ := c.Visitor(who).Get("/webhooks"); status != http.StatusForbidden {
			t.Errorf("%s: %d", who, status)
		}
	}
}

// TestTheSamplesVerify runs the code that people are given, where its language is here.
func TestTheSamplesVerify(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	body, at := `{"n":1,"text":"Привет"}`, time.Now()
	signature, err := verifier.Sign("evt_acme_1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for program, code := range map[string]string{
		"python3": "import sys; sys.path.insert(0, 'samples'); from verify import verify\n" +
			"h = {'webhook-id': 'evt_acme_1', 'webhook-timestamp': '%[2]d', 'webhook-signature': 'v1,bm9uZQ== %[3]s'}\n" +
			"print(verify('%[1]s', h, '%[4]s'.encode()), verify('%[1]s', h, b'{}'))",
		"php": "require 'samples/verify.php'; foreach (['%[4]s', '{}'] as $b) echo verify('%[1]s', 'evt_acme_1', '%[2]d', 'v1,bm9uZQ== %[3]s', $b) ? 'True ' : 'False ';",
	} {
		if _, err := exec.LookPath(program); err != nil {
			continue
		}
		flag := map[string]string{"python3": "-c", "php": "-r"}[program]
		cmd := exec.CommandContext(t.Context(), program, flag, fmt.Sprintf(code, secret, at.Unix(), signature, body))
		cmd.Env = append(cmd.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "True False" {
			t.Errorf("%s: %s %v", program, out, err)
		}
	}
}

// next is what a receiver is told next.
func next(t *testing.T, told <-chan *http.Request) *http.Request {
	t.Helper()
	select {
	case r := <-told:
		return r
	case <-time.After(time.Minute):
		t.Fatal("the receiver is told nothing for a minute")
		return nil
	}
}

// await waits until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); !is(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
