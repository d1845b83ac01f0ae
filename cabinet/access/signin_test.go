package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

const good = "a horse of steel"

func TestAPersonSignsInByIDOrMailAndOut(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	for _, login := range []string{"anna", " Anna ", "ANNA@acme.example"} {
		c := h.browser()
		if _, who := h.get(c); who != "nobody" {
			t.Fatal(who)
		}
		h.signIn(c, login, good)
		if _, who := h.get(c); who != "acme/anna" {
			t.Errorf("%q: %s", login, who)
		}
		h.as(c, func(ctx context.Context, _ access.Browser) {
			if err := h.door.SignOut(ctx); err != nil {
				t.Error(err)
			}
		})
		if _, who := h.get(c); who != "nobody" {
			t.Errorf("%q is still there", who)
		}
	}
	if all := h.audited(); !slices.Equal(all[:2], []string{"anna sign-out", "anna sign-in"}) {
		t.Error(all)
	}
}

// TestARefusalRevealsNothing compares all of them to the letter.
func TestARefusalRevealsNothing(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	h.apply("beta", betaFile)
	seen := map[string]bool{}
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		for _, s := range []access.SignIn{
			{Company: "acme", Login: "anna", Password: "a wrong password"},
			{Company: "acme", Login: "anna", Password: ""},
			{Company: "acme", Login: "boris", Password: good}, // has none
			{Company: "acme", Login: "nobody", Password: good},
			{Company: "acme", Login: "both@acme.example", Password: good}, // two people's
			{Company: "nobody", Login: "anna", Password: good},
			{Company: "beta", Login: "anna", Password: good},
			{Company: "", Login: "anna", Password: good}, // two companies
			{Company: "acme", Login: "anna\x00", Password: good},
			{Company: "acme", Login: strings.Repeat("x", 300), Password: good},
			{Company: "acme", Login: "anna", Password: strings.Repeat("x", 3000)},
			{Company: "acme", Login: "\xff", Password: good},
		} {
			s.Browser = from
			code, err := h.door.SignIn(ctx, s)
			if code || !errors.Is(err, cause.Denied) {
				t.Errorf("%+v: %v, %v", s, code, err)
				continue
			}
			seen[err.Error()] = true
		}
		if _, in := access.From(ctx); in {
			t.Error("in all the same")
		}
	})
	if len(seen) != 1 {
		t.Errorf("the answers differ: %v", seen)
	}
}

func TestTooManyAttemptsKeepOutWhoKnowsThePasswordTooButNotFromElsewhere(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	h.password("boris", good)
	try := func(login, password, address string) error {
		var got error
		h.as(h.browser(), func(ctx context.Context, _ access.Browser) {
			_, got = h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: login, Password: password, Browser: access.Browser{Address: address}})
		})
		return got
	}
	for range 10 {
		if err := try("anna", "a wrong password", "192.0.2.1"); !errors.Is(err, cause.Denied) {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := try("anna", good, "192.0.2.1"); !errors.Is(err, cause.Denied) {
			t.Error("the right password is told from the wrong ones:", err)
		}
	}
	if err := try("anna", good, "192.0.2.9"); err != nil {
		t.Error("a stranger keeps the person out:", err)
	}
	if err := try("boris", good, "192.0.2.1"); err != nil {
		t.Error("another person is kept out by it:", err)
	}
	if all := h.audited(); strings.Count(strings.Join(all, "\n"), "anna sign-in.locked") != 1 {
		t.Error(all)
	}
}

// manyTries are limits that no test reaches.
var manyTries = store.Limits{Within: time.Hour, Here: 1000, Address: 1000, Longer: time.Hour, Login: 1000}

func TestALoginThatIsTriedFromEverywhereIsKeptOutEverywhere(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	h.password("boris", good)
	for i := range 100 { // as if many addresses tried
		if _, err := h.store.Operator().Try(t.Context(), store.Attempt{Company: "acme", Login: "anna", Address: fmt.Sprint("198.51.100.", i)}, manyTries); err != nil {
			t.Fatal(err)
		}
	}
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		for login, may := range map[string]bool{"anna": false, "boris": true} {
			_, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: login, Password: good, Browser: from})
			if (err == nil) != may {
				t.Errorf("%s: %v", login, err)
			}
		}
	})
}

func TestWhoIsInChangesThePasswordWhateverOthersTryAtTheDoor(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		for _, login := range []string{"anna", "again anna", "again\tanna"} {
			for range 11 {
				if _, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: login, Password: "a wrong password", Browser: from}); !errors.Is(err, cause.Denied) {
					t.Error(err)
				}
			}
		}
	})
	h.as(c, func(ctx context.Context, from access.Browser) {
		v, _ := access.From(ctx)
		if err := h.door.ChangePassword(ctx, v, good, "another horse", from); err != nil {
			t.Error(err)
		}
	})
}

// TestASessionThatEndsInTheMiddleOfARequestStaysEnded has a request change what stands in its session after the session was
// ended from elsewhere.
func TestASessionThatEndsInTheMiddleOfARequestStaysEnded(t *testing.T) {
	h := newHall(t)
	for name, end := range map[string]func(v access.Viewer) error{
		"ended":          func(v access.Viewer) error { return h.store.For("acme").EndSession(t.Context(), "anna", v.Session) },
		"a new password": func(access.Viewer) error { return h.store.For("acme").SetPassword(t.Context(), "anna", good) },
		"kept out":       func(access.Viewer) error { return h.store.For("acme").RemoveLogin(t.Context(), "anna") },
	} {
		h.password("anna", good)
		c := h.browser()
		h.signIn(c, "anna", good)
		h.as(c, func(ctx context.Context, _ access.Browser) {
			v, _ := access.From(ctx)
			if err := end(v); err != nil {
				t.Error(err)
			}
			if _, err := h.door.NewCodes(ctx, v); err != nil {
				t.Error(err)
			}
		})
		if _, who := h.get(c); who != "nobody" {
			t.Errorf("%s: %s is in again", name, who)
		}
	}
}

func TestAnAddressThatTriesManyPeopleIsKeptOut(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	o := h.store.Operator()
	for range 50 { // as if other people were tried
		if _, err := o.Try(t.Context(), store.Attempt{Company: "acme", Login: "somebody", Address: "192.0.2.1"}, manyTries); err != nil {
			t.Fatal(err)
		}
	}
	h.as(h.browser(), func(ctx context.Context, _ access.Browser) {
		for address, may := range map[string]bool{"192.0.2.1": false, "192.0.2.2": true} {
			_, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: "anna", Password: good, Browser: access.Browser{Address: address}})
			if (err == nil) != may {
				t.Errorf("%s: %v", address, err)
			}
		}
	})
}

func TestSigningInGivesANewCookie(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	h.password("boris", good)
	c := h.browser()
	cookie := func() string {
		r := httptest.NewRequest(http.MethodGet, h.server.URL, nil)
		for _, k := range c.Jar.Cookies(r.URL) {
			return k.Value
		}
		return ""
	}
	h.signIn(c, "anna", good)
	first := cookie()
	h.signIn(c, "boris", good)
	if second := cookie(); first == "" || second == first {
		t.Errorf("%q, then %q", first, second)
	}
	stolen := h.browser()
	if _, who := h.get(stolen, "Cookie", "__Host-roadline="+first); who != "nobody" {
		t.Errorf("the old cookie is %s", who)
	}
	for _, forged := range []string{"x", strings.Repeat("x", 5000), "'--", "%00"} {
		if _, who := h.get(h.browser(), "Cookie", "__Host-roadline="+forged); who != "nobody" {
			t.Errorf("%q is %s", forged, who)
		}
	}
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	here, there := h.browser(), h.browser()
	h.signIn(here, "anna", good)
	h.signIn(there, "anna", good)
	token, _, err := h.door.MakeToken(t.Context(), viewer(t, "anna"), access.TokenWish{Name: "mine", Rights: []access.Right{access.CallsRead}})
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, password string) (got error) {
		h.as(here, func(ctx context.Context, from access.Browser) {
			v, _ := access.From(ctx)
			got = h.door.ChangePassword(ctx, v, old, password, from)
		})
		return got
	}
	if err := change("not the old one", "another horse"); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	if err := change(good, "short"); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if err := change(good, "another horse"); err != nil {
		t.Fatal(err)
	}
	if _, who := h.get(here); who != "acme/anna" {
		t.Errorf("here is %s", who)
	}
	if _, who := h.get(there); who != "nobody" {
		t.Errorf("there is %s", who)
	}
	if status, _ := h.get(h.browser(), "Authorization", "Bearer "+token); status != http.StatusForbidden {
		t.Error("the token is still good")
	}
	h.signIn(there, "anna", "another horse")
	if all := h.audited(); !slices.Contains(all, "anna password.change") {
		t.Error(all)
	}
	v := h.viewer(here)
	v.Session, v.Token = "", &access.Token{}
	if err := h.door.ChangePassword(t.Context(), v, good, "x", access.Browser{}); !errors.Is(err, cause.Denied) {
		t.Error("by a token:", err)
	}
}

func TestASessionCanBeEndedFromElsewhere(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	all, err := h.store.For("acme").Sessions(t.Context(), "anna")
	if err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Agent, "Go-http-client") || all[0].Address != "127.0.0.1" {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := h.store.For("acme").EndSession(t.Context(), "anna", all[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, who := h.get(c); who != "nobody" {
		t.Errorf("it is %s", who)
	}
}

func TestWhoLeavesTheDocumentIsOutAtOnce(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	h.apply("acme", strings.Replace(acmeFile, "id: anna", "id: anton", 1))
	if _, who := h.get(c); who != "nobody" {
		t.Errorf("it is %s", who)
	}
}

func TestARoleThatIsTakenAwayIsGoneAtTheNextRequest(t *testing.T) {
	h := newHall(t)
	h.password("boris", good)
	c := h.browser()
	h.signIn(c, "boris", good)
	if v := h.viewer(c); v.Reach(access.CallsRead) != access.Company {
		t.Fatal(v.Roles)
	}
	h.apply("acme", strings.Replace(acmeFile, "[manager]", "[employee]", 1))
	if v := h.viewer(c); v.Reach(access.CallsRead) != access.Groups {
		t.Error(v.Roles)
	}
}

func TestAnotherSitesPageChangesNothing(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
		if status, text := h.get(c, headers...); status != http.StatusForbidden || !strings.Contains(text, "another site") {
			t.Errorf("%v: %d %s", headers, status, text)
		}
	}
	if status, text := h.get(c, "Origin", h.server.URL); status != http.StatusOK {
		t.Errorf("our own page: %d %s", status, text)
	}
}

// enrolled gives a person one-time codes and returns their secret and the recovery codes.
func (h *hall) enrolled(c *http.Client) (secret string, recovery []string) {
	h.t.Helper()
	v := h.viewer(c)
	h.as(c, func(ctx context.Context, _ access.Browser) {
		e, err := h.door.NewCodes(ctx, v)
		if err != nil {
			h.t.Error(err)
			return
		}
		secret = e.Secret
		if !strings.HasPrefix(e.URI, "otpauth://totp/Roadline%20Acme:anna?secret="+secret) || e.QR.Size < 30 || !strings.HasPrefix(e.QR.Path, "M") {
			h.t.Errorf("%+v", e)
		}
	})
	h.as(c, func(ctx context.Context, _ access.Browser) {
		for _, wrong := range [][2]string{{good, "000000"}, {"not the password", h.code(secret)}} {
			if _, err := h.door.ConfirmCodes(ctx, v, wrong[0], wrong[1]); err == nil {
				h.t.Errorf("confirmed by %v", wrong)
			}
		}
		var err error
		if recovery, err = h.door.ConfirmCodes(ctx, v, good, h.code(secret)); err != nil || len(recovery) != 10 {
			h.t.Errorf("%v, %v", recovery, err)
		}
		if _, err := h.door.ConfirmCodes(ctx, v, good, h.code(secret)); !errors.Is(err, cause.Invalid) {
			h.t.Error("confirmed twice", err)
		}
	})
	return secret, recovery
}

func (h *hall) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func TestWhereCodesAreAskedForAPasswordIsNotEnough(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	secret, recovery := h.enrolled(c)

	enter := func(code string) (who string, got error) {
		c := h.browser()
		h.as(c, func(ctx context.Context, from access.Browser) {
			if need, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: "anna", Password: good, Browser: from}); !need || err != nil {
				t.Errorf("%v, %v", need, err)
			}
		})
		if _, who := h.get(c); who != "nobody" {
			t.Errorf("the password alone lets %s in", who)
		}
		h.as(c, func(ctx context.Context, from access.Browser) {
			if !h.door.Awaited(ctx) {
				t.Error("no code is awaited")
			}
			got = h.door.Code(ctx, code, from)
		})
		_, who = h.get(c)
		return who, got
	}
	if who, err := enter(h.code(secret)); who != "nobody" || !errors.Is(err, cause.Denied) {
		t.Error("the code by which it was set up is taken again:", who, err)
	}
	h.pass(30 * time.Second)
	code := h.code(secret)
	if who, err := enter(" " + code[:3] + " " + code[3:]); who != "acme/anna" || err != nil {
		t.Error(who, err)
	}
	if who, err := enter(code); who != "nobody" || !errors.Is(err, cause.Denied) {
		t.Error("a code is taken twice:", who, err)
	}
	if who, err := enter(strings.ToLower(recovery[3])); who != "acme/anna" || err != nil {
		t.Error("a recovery code:", who, err)
	}
	if who, err := enter(recovery[3]); who != "nobody" || !errors.Is(err, cause.Denied) {
		t.Error("a recovery code is taken twice:", who, err)
	}
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		if err := h.door.Code(ctx, code, from); !errors.Is(err, access.ErrUnknown) {
			t.Error("a code without a password:", err)
		}
	})
	v := h.viewer(c)
	if err := h.door.EndCodes(t.Context(), v, "not the password"); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	if err := h.door.EndCodes(t.Context(), v, good); err != nil {
		t.Error(err)
	}
	h.signIn(h.browser(), "anna", good)
}

func TestWrongCodesAreCountedAsWrongPasswordsAre(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	secret, _ := h.enrolled(c)
	h.pass(time.Minute)
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		if _, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: "anna", Password: good, Browser: from}); err != nil {
			t.Error(err)
		}
		for range 10 {
			if err := h.door.Code(ctx, "000000", from); !errors.Is(err, cause.Denied) {
				t.Error(err)
			}
		}
		if err := h.door.Code(ctx, h.code(secret), from); !errors.Is(err, cause.Denied) {
			t.Error("the right one after ten wrong ones:", err)
		}
	})
}

// TestASecretThatIsStolenFromTheDatabaseIsWorthNothing looks at what is kept, and moves it to another person.
func TestASecretThatIsStolenFromTheDatabaseIsWorthNothing(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	h.password("boris", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	secret, _ := h.enrolled(c)
	sealed, err := h.store.Operator().Codes(t.Context(), "acme", "anna")
	if err != nil || strings.Contains(string(sealed), secret) {
		t.Fatal("the secret is there to be read", err)
	}
	if err := h.store.For("acme").SetCodes(t.Context(), "boris", sealed, 0, nil); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	h.as(h.browser(), func(ctx context.Context, from access.Browser) {
		if _, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: "boris", Password: good, Browser: from}); err != nil {
			t.Error(err)
		}
		if err := h.door.Code(ctx, h.code(secret), from); err == nil || cause.KindOf(err) != 0 {
			t.Error("another's secret is opened", err)
		}
	})
	if _, err := access.New(access.Options{Store: h.store, Key: []byte("short")}); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
}

func TestTheDemoLetsInOnItsOwnMachineOnly(t *testing.T) {
	h := newHall(t)
	c := h.browser()
	h.as(c, func(ctx context.Context, from access.Browser) {
		for _, row := range []struct{ who, address string }{{"anna", "192.0.2.1"}, {"anna", ""}, {"nobody", from.Address}} {
			if err := h.door.SignInDemo(ctx, row.who, access.Browser{Address: row.address}); !errors.Is(err, cause.NotFound) {
				t.Errorf("%+v: %v", row, err)
			}
		}
		if err := h.door.SignInDemo(ctx, "anna", from); err != nil {
			t.Error(err)
		}
	})
	if _, who := h.get(c); who != "acme/anna" {
		t.Error(who)
	}
}

func TestAPasswordThatIsGuessedFirstIsRefused(t *testing.T) {
	c := acme(t)
	e, _ := c.Employee("anna")
	for password, may := range map[string]bool{
		good: true, "коровавсталанадыбы": true, "short": false, "": false, strings.Repeat("ab", 200): false, "aaaaaaaaaaaa": false, "121212121212": false,
		"1234567890": false, "Password123": false, "annapetrova": true, "Anna Petrova": false, "anna1234anna": false, "acme-acme-acme": false, "\xff\xfe\xfd longer than ten": false,
	} {
		err := access.CheckPassword(c, e, password)
		if (err == nil) != may || err != nil && (!errors.Is(err, cause.Invalid) || len(password) > 5 && strings.Contains(err.Error(), password)) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestAnEntryIsOfWhoeverAsks(t *testing.T) {
	ctx := access.With(t.Context(), access.Viewer{Company: "acme", Employee: "anna", Address: "192.0.2.1", Token: &access.Token{ID: "t"}})
	if e := access.Entry(ctx, "calls.make", "x"); *e != (store.AuditEntry{Who: "anna", Token: "t", Address: "192.0.2.1", What: "calls.make", Object: "x"}) {
		t.Errorf("%+v", e)
	}
	if e := access.Entry(t.Context(), "x", ""); e.Who != "" {
		t.Errorf("%+v", e)
	}
}
