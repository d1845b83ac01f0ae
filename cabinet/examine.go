package cabinet

import (
	"net/http"

	"roadline/cabinet/doctor"
)

// Examined is what the doctor found.
type Examined struct {
	Level    doctor.Level     `json:"level"` // the gravest
	Findings []doctor.Finding `json:"findings"`
}

// examine looks for what is wrong with the node.
func (a *API) examine(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	found := a.o.Node.Doctor(r.Context())
	return Examined{Level: doctor.Worst(found), Findings: found}, nil
}
