package cabinet

import (
	"net/http"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// CardUnlock has the PIN on file entered in a card that is in a reader.
type CardUnlock struct {
	Looked bool `json:"looked,omitempty"` // a person has looked at the card: a PIN that failed before may be tried once more
}

var errNoReaders = cause.Errorf(cause.Unavailable, "this node has no card readers")

// cards reads the cards in the node's card readers, whoever's they are.
func (a *API) cards(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	if a.o.Node.Cards == nil {
		return nil, errNoReaders
	}
	all, err := a.o.Node.Cards(r.Context())
	return append([]fmc.CardView{}, all...), err
}

// unlockCard enters the PIN of a card in a reader.
func (a *API) unlockCard(r *http.Request) (any, error) {
	var x CardUnlock
	if err := read(r, &x); err != nil {
		return nil, err
	}
	if a.o.Node.Unlock == nil {
		return nil, errNoReaders
	}
	return a.o.Node.Unlock(r.Context(), fmc.ICCID(r.PathValue("iccid")), x.Looked)
}
