package iam

import "strings"

// keys are the condition keys that the services here fill in, and whether one has several values. A key that ends in
// a slash is followed by the key of a tag. Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// and docs.aws.amazon.com/service-authorization/latest/reference, pages list_amazonec2, list_awssecuritytokenservice,
// list_amazonec2autoscaling and list_amazonelastickubernetesservice.
var keys = map[string]bool{
	"aws:principalarn":           false,
	"aws:principalaccount":       false,
	"aws:principaltag/":          false,
	"aws:requestedregion":        false,
	"aws:requesttag/":            false,
	"aws:resourcetag/":           false,
	"aws:tagkeys":                true,
	"aws:sourcearn":              false,
	"aws:sourceaccount":          false,
	"autoscaling:resourcetag/":   false,
	"ec2:acceptervpc":            false,
	"ec2:createaction":           false,
	"ec2:region":                 false,
	"ec2:requestervpc":           false,
	"ec2:resourcetag/":           false,
	"ec2:routetableid":           false,
	"ec2:securitygroupid":        false,
	"ec2:vpc":                    false,
	"ec2:vpcid":                  false,
	"ec2:vpcpeeringconnectionid": false,
	"eks:clustername":            false,
	"eks:principalarn":           false,
	"iam:resourcetag/":           false,
	"sts:externalid":             false,
	"sts:rolesessionname":        false,
	"sts:transitivetagkeys":      true,
}

// lookUpKey says whether a condition key is known, and whether it has several values.
func lookUpKey(key string) (multiple, known bool) {
	key = strings.ToLower(key)
	if prefix, tag, tagged := strings.Cut(key, "/"); tagged && tag != "" {
		if _, ofTags := keys[prefix+"/"]; ofTags {
			return false, true
		}
	}
	if multiple, known = keys[key]; known && !strings.HasSuffix(key, "/") {
		return multiple, true
	}
	return false, ofIssuer(key)
}

// ofIssuer says whether a key is about a token of an OpenID Connect provider: <issuer>:aud and <issuer>:sub
// (reference_policies_iam-condition-keys.html).
func ofIssuer(key string) bool {
	at := strings.LastIndexByte(key, ':')
	return at > 0 && (key[at:] == ":aud" || key[at:] == ":sub") && strings.Contains(key[:at], ".") && strings.Contains(key[:at], "/")
}
