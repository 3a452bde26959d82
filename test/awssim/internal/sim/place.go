package sim

// Place is where a resource lives or a call is made: one account in one region.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
}

// String renders the place as account/region.
func (p Place) String() string { return p.Account + "/" + p.Region }
