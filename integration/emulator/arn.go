package emulator

import "strings"

func arn(partition, service, region, account, resource string) string {
	return strings.Join([]string{"arn", partition, service, region, account, resource}, ":")
}

// arn names a resource of a regional service.
func (p place) arn(service, resource string) string {
	return arn(partition(p.region), service, p.region, p.account, resource)
}

// partition of a region (AWS General Reference, "Amazon Resource Names").
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func arnPartition(name string) string {
	parts := strings.SplitN(name, ":", 3)
	if len(parts) == 3 && parts[0] == "arn" {
		return parts[1]
	}
	return "aws"
}

// lastPart is what follows the last separator; the whole name when there is none.
func lastPart(name, separator string) string { return name[strings.LastIndex(name, separator)+1:] }

// arnParts are the six parts of an ARN, the resource whole.
func arnParts(name string) []string {
	const fields = 6
	return strings.SplitN(name, ":", fields)
}
