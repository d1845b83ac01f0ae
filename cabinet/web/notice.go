package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// notice is a sentence that the page after a form shows once, with a way to take back what was done.
type notice struct {
	Text string `json:"text"`
	Undo string `json:"undo,omitempty"` // a path of ours that a POST goes to; empty: nothing can be taken back
	Bad  bool   `json:"bad,omitempty"`
}

const (
	noticeCookie = "notice"
	mostNotice   = 2000 // bytes of the text; browsers refuse a cookie over 4096
)

// leave keeps the notice in the browser until the next page. Whatever stands in it is drawn as text.
func (n notice) leave(w http.ResponseWriter, v *visit) {
	if len(n.Text) > mostNotice {
		n.Text = n.Text[:mostNotice]
	}
	text, _ := json.Marshal(n) // strings marshal
	http.SetCookie(w, &http.Cookie{
		Name: noticeCookie, Value: base64.RawURLEncoding.EncodeToString(text), Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(v.Request),
	})
}

// takeNotice returns what was left, once; nil: nothing.
func takeNotice(w http.ResponseWriter, v *visit) *notice {
	cookie, err := v.Cookie(noticeCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: noticeCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(v.Request)})
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var n notice
	if err != nil || json.Unmarshal(text, &n) != nil || n.Text == "" {
		return nil
	}
	n.Undo = local(n.Undo, "")
	return &n
}
