package podrules

import "regexp"

// providerIDPattern is what the AWS cloud provider writes into spec.providerID.
var providerIDPattern = regexp.MustCompile(`^aws:///([a-z0-9-]+)/(i-[0-9a-f]{8,17})$`)

// InstanceID reads a node's spec.providerID; false for anything but an EC2 instance.
func InstanceID(providerID string) (string, bool) {
	match := providerIDPattern.FindStringSubmatch(providerID)
	if match == nil {
		return "", false
	}
	return match[2], true
}

// InstanceZone is the availability zone in a node's spec.providerID; empty for anything but an EC2 instance.
func InstanceZone(providerID string) string {
	match := providerIDPattern.FindStringSubmatch(providerID)
	if match == nil {
		return ""
	}
	return match[1]
}
