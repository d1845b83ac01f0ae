package hardware

import (
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/dinstar"
	"roadline/hardware/gateway"
	"roadline/hardware/goip"
	"roadline/hardware/openvox"
	"roadline/hardware/yeastar"
)

// Gateways are all vendors of SIP-GSM gateways.
func Gateways() []gateway.Vendor {
	return []gateway.Vendor{dinstar.Vendor(), goip.Vendor(), openvox.Vendor(), yeastar.Vendor()}
}

// GatewayNamed is the vendor of that name; an unknown one is an error of kind cause.NotFound that lists the names.
func GatewayNamed(name string) (gateway.Vendor, error) {
	var names []string
	for _, v := range Gateways() {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return gateway.Vendor{}, cause.Errorf(cause.NotFound, "there is no gateway vendor %q: there are %s", name, strings.Join(names, ", "))
}
