"""Facts about AWS, each with its source: machines, versions, images, partitions, zones."""
