package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/notify"
	"roadline/fmc/cause"
	"roadline/store"
)

// next is the next letter that is mailed.
func (h *hall) next() notify.Letter {
	h.t.Helper()
	select {
	case l := <-h.post.letters:
		return l
	case <-h.t.Context().Done():
		h.t.Fatal("no letter")
	}
	return notify.Letter{}
}

// tokenIn is the token of the link in a text.
func (h *hall) tokenIn(text string) string {
	h.t.Helper()
	_, rest, ok := strings.Cut(text, "https://pbx.example"+access.PasswordPath)
	token, _, _ := strings.Cut(rest, "\n")
	if !ok || token == "" {
		h.t.Fatalf("no link in %s", text)
	}
	return token
}

func TestWhoIsInvitedSetsAPasswordOnce(t *testing.T) {
	h := newHall(t)
	i, err := h.door.Invite(t.Context(), "acme", "anna", "clara")
	if err != nil || !i.Mailed || i.Expires.Sub(h.clock()) < 6*24*time.Hour {
		t.Fatalf("%+v, %v", i, err)
	}
	letter := h.next()
	if letter.To != "anna@acme.example" || letter.Subject != "Your access to Acme" || !strings.Contains(letter.Text, "Your login is: anna") {
		t.Errorf("%+v", letter)
	}
	token := h.tokenIn(letter.Text)
	if c, e, err := h.door.Invitation(t.Context(), token); err != nil || c.Profile.Name != "Acme" || e.ID != "anna" {
		t.Error(err)
	}
	if err := h.door.Accept(t.Context(), token, "short", access.Browser{}); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if err := h.door.Accept(t.Context(), token, good, access.Browser{Address: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{token, "", "x", strings.Repeat("x", 5000)} {
		if err := h.door.Accept(t.Context(), token, "another horse", access.Browser{}); !errors.Is(err, cause.NotFound) {
			t.Errorf("%q: %v", token, err)
		}
	}
	h.signIn(h.browser(), "anna", good)
	if all := h.audited(); !slices.Contains(all, "anna password.set") {
		t.Error(all)
	}
	if _, err := h.door.Invite(t.Context(), "acme", "nobody", "clara"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	if _, err := h.door.Invite(t.Context(), "beta", "anna", "clara"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestWithoutAMailTheLinkIsToldOnly(t *testing.T) {
	h := newHall(t)
	i, err := h.door.Invite(t.Context(), "acme", "elena", "clara")
	if err != nil || i.Mailed || !strings.HasPrefix(i.Link, "https://pbx.example/password/") {
		t.Errorf("%+v, %v", i, err)
	}
	if err := h.door.Accept(t.Context(), h.tokenIn(i.Link), good, access.Browser{}); err != nil {
		t.Error(err)
	}
}

func TestWhoForgotThePasswordGetsAnotherByMail(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	c := h.browser()
	h.signIn(c, "anna", good)
	from := access.Browser{Address: "192.0.2.1"}
	for _, login := range []string{"nobody", "elena", "both@acme.example", "anna\x00", strings.Repeat("x", 300)} { // none of them gets a letter, none is told so
		if err := h.door.Forgot(t.Context(), "acme", login, from); err != nil {
			t.Errorf("%q: %v", login, err)
		}
	}
	for range 5 {
		if err := h.door.Forgot(t.Context(), "acme", "anna@acme.example", from); err != nil {
			t.Fatal(err)
		}
	}
	var letters []notify.Letter
	for range 3 {
		letters = append(letters, h.next())
	}
	if len(h.post.letters) != 0 {
		t.Error("more than three letters within a quarter of an hour")
	}
	if _, _, err := h.door.Invitation(t.Context(), h.tokenIn(letters[0].Text)); !errors.Is(err, cause.NotFound) {
		t.Error("an older link is still good", err)
	}
	if err := h.door.Accept(t.Context(), h.tokenIn(letters[2].Text), "another horse", from); err != nil {
		t.Fatal(err)
	}
	if _, who := h.get(c); who != "nobody" {
		t.Errorf("the session of %s goes on", who)
	}
	h.signIn(c, "anna", "another horse")
	if all := h.audited(); !slices.Contains(all, "anna password.forgot") || !slices.Contains(all, "anna password.set") {
		t.Error(all)
	}
}

// TestWhoIsKeptOutDoesNotComeBackByALetter asks for one for somebody who is kept out and for somebody who was never invited.
func TestWhoIsKeptOutDoesNotComeBackByALetter(t *testing.T) {
	h := newHall(t)
	h.password("anna", good)
	if err := h.store.For("acme").RemoveLogin(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"anna", "boris"} {
		if err := h.door.Forgot(t.Context(), "acme", who, access.Browser{Address: "192.0.2.1"}); err != nil {
			t.Errorf("%s is told: %v", who, err)
		}
	}
	if links, err := h.store.For("acme").Invited(t.Context()); err != nil || len(links) != 0 {
		t.Errorf("%v, %v", links, err)
	}
	if all := h.audited(); len(all) != 0 {
		t.Error(all)
	}
}

func TestALinkThatIsOutOfDateIsWorthNothing(t *testing.T) {
	h := newHall(t)
	h.pass(-8 * 24 * time.Hour)
	i, err := h.door.Invite(t.Context(), "acme", "elena", "clara")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.door.Invitation(t.Context(), h.tokenIn(i.Link)); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "ask for another") {
		t.Error(err)
	}
}

func TestTokensAreNoWiderThanWhoMakesThem(t *testing.T) {
	h := newHall(t)
	anna, clara := viewer(t, "anna"), viewer(t, "clara")
	wish := func(rights ...access.Right) access.TokenWish { return access.TokenWish{Name: "crm", Rights: rights} }
	for name, row := range map[string]struct {
		v    access.Viewer
		w    access.TokenWish
		want cause.Kind
	}{
		"a right that one does not have": {anna, wish(access.CallsRead, access.MoneyRead), cause.Denied},
		"no right":                       {anna, wish(), cause.Invalid},
		"what is no right":               {anna, wish("calls.rule"), cause.Invalid},
		"a service by an employee":       {anna, access.TokenWish{Name: "crm", Service: true, Rights: []access.Right{access.CallsRead}}, cause.Denied},
		"a service wider than its maker": {clara, access.TokenWish{Name: "crm", Service: true, Rights: []access.Right{access.CallsRead}}, cause.Denied},
		"no name":                        {anna, access.TokenWish{Rights: []access.Right{access.CallsRead}}, cause.Invalid},
		"two lines of name":              {anna, access.TokenWish{Name: "a\nb", Rights: []access.Right{access.CallsRead}}, cause.Invalid},
		"too long":                       {anna, access.TokenWish{Name: "a", Lasts: 400 * 24 * time.Hour, Rights: []access.Right{access.CallsRead}}, cause.Invalid},
		"by a service":                   {access.Viewer{Company: "acme", Token: &access.Token{Service: true, Rights: access.Rights()}}, wish(access.CallsRead), cause.Denied},
		"of a person who is not there":   {access.Viewer{Company: "acme", Employee: "nobody", Roles: []access.Role{access.Employee}}, wish(access.CallsRead), cause.NotFound},
	} {
		if _, _, err := h.door.MakeToken(t.Context(), row.v, row.w); cause.KindOf(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	secret, k, err := h.door.MakeToken(t.Context(), anna, wish(access.CallsRead, access.CallsRead))
	if err != nil || !strings.HasPrefix(secret, "rl_") || len(k.Rights) != 1 {
		t.Fatalf("%+v, %v", k, err)
	}
	narrow := anna
	narrow.Token = &access.Token{Rights: []access.Right{access.TokensChange}}
	if _, _, err := h.door.MakeToken(t.Context(), narrow, wish(access.CallsRead)); cause.KindOf(err) != cause.Denied {
		t.Error("a token makes a wider one:", err)
	}
}

func TestATokenLetsInUntilItIsRevoked(t *testing.T) {
	h := newHall(t)
	boris, clara := viewer(t, "boris"), viewer(t, "clara")
	secret, k, err := h.door.MakeToken(t.Context(), boris, access.TokenWish{Name: "mine", Rights: []access.Right{access.CallsRead}})
	if err != nil {
		t.Fatal(err)
	}
	service, s, err := h.door.MakeToken(t.Context(), clara, access.TokenWish{Name: "crm", Service: true, Rights: []access.Right{access.PeopleRead}})
	if err != nil {
		t.Fatal(err)
	}
	c := h.browser()
	for secret, want := range map[string]string{secret: "acme/boris", service: "acme/token crm"} {
		if status, who := h.get(c, "Authorization", "Bearer "+secret, "Origin", "https://crm.example"); status != 200 || who != want {
			t.Errorf("%d %s", status, who)
		}
	}
	for _, wrong := range []string{"Bearer ", "Bearer rl_x", "bearer " + secret + "x", "Bearer " + secret[:len(secret)-1]} {
		if status, text := h.get(c, "Authorization", wrong); status != 403 || !strings.Contains(text, "revoked, out of date or not whole") {
			t.Errorf("%q: %d %s", wrong, status, text)
		}
	}
	if status, who := h.get(c, "Authorization", "Basic eDp5"); status != 200 || who != "nobody" {
		t.Errorf("%d %s", status, who)
	}
	all, err := h.store.For("acme").Tokens(t.Context(), "boris")
	if err != nil || len(all) != 1 || all[0].Seen == nil {
		t.Errorf("%+v, %v", all, err)
	}
	h.apply("acme", strings.NewReplacer("id: boris,", "id: bohdan,", "head: boris", "head: bohdan").Replace(acmeFile)+"# boris left\n")
	if status, _ := h.get(c, "Authorization", "Bearer "+secret); status != 403 {
		t.Error("whose person left is still good")
	}
	for _, id := range []string{k.ID, s.ID} {
		if err := h.store.For("acme").RevokeToken(t.Context(), id); err != nil && id == s.ID {
			t.Error(err)
		}
	}
	if status, _ := h.get(c, "Authorization", "Bearer "+service); status != 403 {
		t.Error("a revoked one is still good")
	}
}

func TestAMailServerThatIsAwayKeepsNobodyFromBeingInvited(t *testing.T) {
	h := newHall(t)
	h.post.fails = 1
	h.as(h.browser(), func(ctx context.Context, _ access.Browser) {
		ctx = store.Audited(ctx, &store.AuditEntry{Who: "clara", What: "people.invite", Object: "anna"})
		if i, err := h.door.Invite(ctx, "acme", "anna", "clara"); err != nil || !i.Mailed {
			t.Errorf("%+v, %v", i, err)
		}
	})
	if l := h.next(); l.To != "anna@acme.example" {
		t.Errorf("%+v", l)
	}
	if all := h.audited(); !slices.Equal(all, []string{"clara people.invite"}) {
		t.Error(all)
	}
}
