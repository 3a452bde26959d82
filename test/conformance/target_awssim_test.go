package conformance

import "testing"

// openAWSSim waits for awssim's EC2.
func openAWSSim(t *testing.T) (*Target, func()) {
	t.Log("awssim has no peering yet: NOTHING IS CHECKED")
	return nil, nil
}

// awssimAt describes a running awssim.
func awssimAt(name, endpoint string) *Target {
	target := newTarget(name, endpoint)
	target.credentialsFor = keyIsAccount
	target.control, target.capabilities = simControl{endpoint: endpoint}, everything
	return target
}
