package web

import (
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

var tokenRoutes = []route{
	{pattern: "GET /me/tokens", right: access.TokensChange, do: tokensPage},
	{pattern: "POST /me/tokens", right: access.TokensChange, do: makeToken},
	{pattern: "POST /me/tokens/{token}/revoke", right: access.TokensChange, do: revokeToken},
}

var tokenScreens = shows{"tokens": tokensView{}}

// tokensView is what programs come in by: the visitor's own tokens, and for an administrator everybody's and the services'.
type tokensView struct {
	Secret string // of the token that was just made, told this once
	Tokens []tokenRow
	Rights []choice // that the visitor may give
	Form   form
	All    bool // the visitor sees everybody's, and may make one of a service
}

// tokenRow is one token.
type tokenRow struct {
	ID, Name, Whose string
	Rights          []string // in words
	Expires         moment
	Seen            *moment // nil: never used
	Good            bool
	Service         bool
}

func tokensPage(v *visit) (answer, error) { return v.tokensAgain(form{}, "") }

func (v *visit) tokensAgain(f form, secret string) (answer, error) {
	view := tokensView{Secret: secret, Form: f, All: v.viewer.Reach(access.TokensChange) == access.Company}
	owner := v.viewer.Employee
	if view.All {
		owner = ""
	}
	tokens, err := v.keep().Tokens(v.ctx(), owner)
	if err != nil {
		return nil, err
	}
	for _, k := range tokens {
		row := tokenRow{
			ID: k.ID, Name: k.Name, Whose: v.personName(k.Employee), Rights: v.rightNames(k.Rights), Expires: v.at(k.Expires),
			Good: k.Revoked == nil && k.Expires.After(v.site.o.Now()), Service: k.Service,
		}
		if k.Seen != nil {
			at := v.at(*k.Seen)
			row.Seen = &at
		}
		view.Tokens = append(view.Tokens, row)
	}
	for _, r := range access.Rights() {
		if v.viewer.May(r) {
			view.Rights = append(view.Rights, choice{string(r), v.rightName(string(r))})
		}
	}
	p := page{screen: "tokens", title: v.say("tokens.title"), view: view}
	if !f.ok() {
		p.status = again
	}
	return p, nil
}

// rightName is a right in words; one that no version of ours has any more is told by its name.
func (v *visit) rightName(right string) string {
	if !slices.Contains(access.Rights(), access.Right(right)) {
		return right
	}
	return v.say("right." + right)
}

func (v *visit) rightNames(rights []string) []string {
	words := make([]string, len(rights))
	for i, r := range rights {
		words[i] = v.rightName(r)
	}
	return words
}

// Chosen reports whether a right was ticked.
func (t tokensView) Chosen(right string) bool { return slices.Contains(t.Form.Values("right"), right) }

func makeToken(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	days, err := strconv.Atoi(f.Value("days"))
	if err != nil || days < 1 || days > 366 {
		f.wrong("days", v.say("tokens.days-wrong"))
	}
	if f.Value("name") == "" {
		f.wrong("name", v.say("tokens.name-wrong"))
	}
	if len(f.Values("right")) == 0 {
		f.wrong("right", v.say("tokens.right-wrong"))
	}
	if !f.ok() {
		return v.tokensAgain(f, "")
	}
	w := access.TokenWish{Name: f.Value("name"), Lasts: time.Duration(days) * 24 * time.Hour, Service: f.Value("service") != ""}
	for _, r := range f.Values("right") {
		w.Rights = append(w.Rights, access.Right(r))
	}
	secret, _, err := v.site.o.Door.MakeToken(store.Audited(v.ctx(), access.Entry(v.ctx(), "tokens.make", "")), v.viewer, w)
	switch {
	case cause.KindOf(err) == cause.Denied && w.Service:
		f.wrong("right", v.say("tokens.too-wide"))
		return v.tokensAgain(f, "")
	case err != nil:
		return nil, err
	}
	return v.tokensAgain(form{}, secret)
}

func revokeToken(v *visit) (answer, error) {
	id := v.PathValue("token")
	k, err := v.keep().Token(v.ctx(), id)
	if err == nil && k.Employee != v.viewer.Employee {
		err = v.viewer.Need(access.TokensChange, access.Company)
	}
	if err == nil {
		err = v.keep().RevokeToken(store.Audited(v.ctx(), access.Entry(v.ctx(), "tokens.revoke", id)), id)
	}
	if err != nil {
		return nil, err
	}
	return redirect{"/me/tokens", notice{Text: v.say("tokens.revoked")}}, nil
}
