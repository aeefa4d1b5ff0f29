# Generated from a blueprint: change the blueprint, not this file.

resource "aws_route53_zone" "public_zone" {
  name    = var.source_
  comment = "Zone public-zone"

  tags = {
    Name = "public-zone"
  }
}

resource "aws_route53_zone" "zone" {
  name    = "example.com"
  comment = "Zone zone"

  tags = {
    Name = "zone"
  }

  vpc {
    vpc_id = aws_vpc.main.id
  }
}

resource "aws_route53_record" "zone__a" {
  zone_id = aws_route53_zone.zone.zone_id
  name    = aws_route53_zone.zone.name
  type    = "A"

  alias {
    name                   = aws_lb.front.dns_name
    zone_id                = aws_lb.front.zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "zone__cname_apps-6d61b26c" {
  zone_id = aws_route53_zone.zone.zone_id
  name    = "*.apps.${aws_route53_zone.zone.name}"
  type    = "CNAME"
  ttl     = 60
  records = [aws_lb.front.dns_name]
}

resource "aws_route53_record" "zone__txt_long" {
  zone_id = aws_route53_zone.zone.zone_id
  name    = "long.${aws_route53_zone.zone.name}"
  type    = "TXT"
  ttl     = 300
  records = ["quoted\" \"twice", "plain"]
}

resource "aws_route53_record" "zone__cname_db" {
  zone_id = aws_route53_zone.zone.zone_id
  name    = "db.${aws_route53_zone.zone.name}"
  type    = "CNAME"
  ttl     = 300
  records = var.blocks
}
