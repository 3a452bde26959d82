package conformance

// Service Quotas codes of service "vpc":
// https://docs.aws.amazon.com/general/latest/gr/vpc-service.html
const (
	quotaActivePeerings = "L-7E9ECCDB"
	quotaRoutes         = "L-93826ACB"
	quotaGroupRules     = "L-0EA8095F"
	quotaOutstanding    = "L-DC9F7029"
)
